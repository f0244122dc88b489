import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives all tests of a run a folder for temporary files that goes with the run, whatever they leave in it. */
export default async function ownTemporaryFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-tests-"));
  // The user that PostgreSQL runs as has to come through.
  await chmod(folder, 0o711);
  process.env["TMPDIR"] = folder;
  return async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

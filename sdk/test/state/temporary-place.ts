import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileCheckpointStore, type MillraceError } from "@millrace/sdk";

/** A directory for checkpoints that goes when the test ends. */
export async function temporaryPlace() {
  const folder = await mkdtemp(join(tmpdir(), "millrace-checkpoints-"));
  const directory = join(folder, "made", "when", "missing");
  const damages: MillraceError[] = [];
  return {
    directory,
    damages,
    open: () => fileCheckpointStore({ directory, onDamage: (error) => damages.push(error) }),
    /** The file of KEY: its content as it is, or changed. */
    file: async (generation: "current" | "previous") => {
      const names = await readdir(directory);
      const name = names.find(
        (candidate) =>
          candidate.startsWith("orders.") && candidate.endsWith(".previous.json") === (generation === "previous"),
      );
      return join(directory, name ?? "none");
    },
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }),
  };
}

import { randomUUID } from "node:crypto";
import { cp, lstat, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { MillraceError } from "../../errors/millrace-error.ts";
import { binariesIn, type PostgresBinaries } from "./binaries.ts";
import { runAs, type ServerUser } from "./run-as.ts";

/** Folders for temporary files, the system's choice first; its TMPDIR may be private to root or not executable. */
export const temporaryFolders: readonly string[] = [...new Set([tmpdir(), "/tmp", "/var/tmp"])];

/**
 * Returns binaries that `user` can execute: the given ones, or a copy in a temporary folder where they lie below a
 * directory that the user may not traverse. The copy (59 MB) is shared by all projects with the same package version.
 *
 * @throws `POSTGRES_BINARIES_UNUSABLE` when they do not run, with what the system said.
 */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  user: ServerUser,
  say: (message: string) => void,
): Promise<PostgresBinaries> {
  let attempt = await runAs(user, binaries.postgres, ["--version"]);
  if (attempt.code === 0) return binaries;
  if (user !== null && (await runAs(null, binaries.postgres, ["--version"])).code === 0) {
    for (const folder of temporaryFolders) {
      const copy = binariesIn(await copyHome(binaries.home, folder, say));
      attempt = await runAs(user, copy.postgres, ["--version"]);
      if (attempt.code === 0) return copy;
    }
  }
  throw new MillraceError("POSTGRES_BINARIES_UNUSABLE", `${binaries.postgres} does not run: ${attempt.output.trim()}`, {
    fix: "Its package has an install script that completes it: allow that (pnpm approve-builds), then install again.",
  });
}

async function copyHome(home: string, folder: string, say: (message: string) => void): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(dirname(home), "package.json"), "utf8"));
  const target = join(folder, `millrace-${basename(name)}-${version}`);
  if (await isOurCopy(home, target)) return target;
  say(`copying PostgreSQL to ${target}, since its user may not look into ${dirname(home)}`);
  // Whole or not at all: another process may be copying, or starting a server from it, at this moment.
  const draft = `${target}.${randomUUID()}`;
  await cp(home, draft, { recursive: true, verbatimSymlinks: true });
  await rm(target, { recursive: true, force: true });
  await rename(draft, target).catch(() => rm(draft, { recursive: true }));
  return target;
}

/** A complete copy that is root's: not half cleaned away, not planted by another user of a shared machine. */
async function isOurCopy(home: string, target: string): Promise<boolean> {
  const owner = await lstat(target).catch(() => null);
  if (!owner?.isDirectory() || owner.uid !== process.getuid?.() || (owner.mode & 0o022) !== 0) return false;
  const [wanted, there] = await Promise.all([home, target].map((folder) => readdir(folder, { recursive: true })));
  return wanted?.toSorted().join("\n") === there?.toSorted().join("\n");
}

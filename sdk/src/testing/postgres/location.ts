import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../errors/millrace-error.ts";
import { temporaryFolders } from "./reachable-binaries.ts";
import { runAs, type ServerUser } from "./run-as.ts";

/** Where one cluster lives. */
export interface ClusterLocation {
  /** Holds the data, the log and what we note about the server. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** To be removed with the server. */
  readonly temporary: boolean;
}

/**
 * Decides where a cluster lives: in `directory`, or, where `user` may not traverse to it, in a temporary folder that
 * `directory/data-is-in.txt` names. Without a `directory`, in a temporary folder of its own.
 *
 * @throws `POSTGRES_DIRECTORY_REFUSED` when the directory can not be made or belongs to somebody else.
 */
export async function locateCluster(
  directory: string | undefined,
  user: ServerUser,
  say: (message: string) => void,
): Promise<ClusterLocation> {
  if (directory === undefined) return locationIn(await reachableFolder("millrace-postgres-", user), true);
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw refused(directory, "could not be created", cause);
  }
  const place = await realpath(directory);
  if (user === null) return locationIn(place, false);
  await openForTraversal(place);
  if (await canEnter(place, user)) return locationIn(place, false);
  const moved = await movedPlace(place, user);
  say(`the data is in ${moved}, since ${user.name} may not look into ${place}`);
  return locationIn(moved, false);
}

function locationIn(directory: string, temporary: boolean): ClusterLocation {
  return { directory, dataDirectory: join(directory, "data"), logFile: join(directory, "postgres.log"), temporary };
}

/** The directory is given to us, so its own mode is ours to widen; those above it are not. */
async function openForTraversal(directory: string): Promise<void> {
  const { mode, uid } = await stat(directory);
  if (uid === process.getuid?.() && (mode & 0o001) === 0) await chmod(directory, (mode & 0o7777) | 0o011);
}

async function canEnter(directory: string, user: ServerUser): Promise<boolean> {
  return (await runAs(user, "/bin/sh", ["-c", 'cd -- "$1"', "sh", directory])).code === 0;
}

async function movedPlace(place: string, user: ServerUser): Promise<string> {
  const note = join(place, "data-is-in.txt");
  const noted = (await readFile(note, "utf8").catch(() => "")).trim();
  if (noted && (await isOurs(noted))) return noted;
  await rm(note, { force: true });
  const hash = createHash("sha256").update(place).digest("hex").slice(0, 12);
  const made = await reachableFolder(`millrace-postgres-${hash}-`, user);
  try {
    await writeFile(note, `${made}\n`, { flag: "wx" });
    return made;
  } catch {
    // Another process was quicker.
    await rm(made, { recursive: true });
    return movedPlace(place, user);
  }
}

async function isOurs(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => null);
  return found !== null && found.isDirectory() && found.uid === process.getuid?.();
}

async function reachableFolder(prefix: string, user: ServerUser): Promise<string> {
  for (const folder of temporaryFolders) {
    const made = await realpath(folder)
      .then((real) => mkdtemp(join(real, prefix)))
      .catch(() => null);
    if (made === null) continue;
    if (user === null) return made;
    await chmod(made, 0o711);
    if (await canEnter(made, user)) return made;
    await rm(made, { recursive: true });
  }
  throw refused(temporaryFolders.join(", "), "give no room for a folder that the server's user may enter");
}

/** Makes an empty folder that belongs to `user` and that nobody else may look into, as PostgreSQL demands. */
export async function makePrivateFolder(folder: string, user: ServerUser): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  if (user !== null) await chown(folder, user.uid, user.gid);
}

function refused(directory: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError("POSTGRES_DIRECTORY_REFUSED", `The directory for PostgreSQL, ${directory}, ${what}`, {
    fix: "Name a directory that you may write to.",
    ...(cause === undefined ? {} : { cause }),
  });
}

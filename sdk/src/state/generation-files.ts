import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Each file is kept in two generations: as it was written last, and as it was before. */
const CURRENT = ".json";
const PREVIOUS = ".previous.json";
const TEMPORARY = ".tmp";
/** No write takes this long: what is older was left by a process that died. */
const ABANDONED_MS = 60 * 60 * 1000;

export interface Generations {
  /** Undefined where there is none, which is so for a moment while it is written. */
  readonly current: string | undefined;
  readonly previous: string | undefined;
}

/** The text of both generations. One without the other is no damage: a writer may stand between its two renames. */
export async function readGenerations(directory: string, name: string): Promise<Generations> {
  // In this order: a writer moves the current one to the previous one, which is then there to be found.
  const current = await readText(join(directory, name + CURRENT));
  return { current, previous: await readText(join(directory, name + PREVIOUS)) };
}

/**
 * Writes a file so that it is there whole or not at all, whenever the process or the machine dies: into a temporary
 * file beside it, forced to disk, then renamed.
 * @param keepCurrent whether the present one is worth being kept as the previous one
 */
export async function writeGeneration(
  directory: string,
  name: string,
  { text, keepCurrent }: { readonly text: string; readonly keepCurrent: boolean },
): Promise<void> {
  const temporary = join(directory, `${name}.${randomUUID()}${TEMPORARY}`);
  try {
    await writeThrough(temporary, text);
    const current = join(directory, name + CURRENT);
    // Where another process has just moved it, there is nothing to keep.
    if (keepCurrent) await rename(current, join(directory, name + PREVIOUS)).catch(ignoreMissing);
    await rename(temporary, current);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

/** Removes both generations, the older one first: it must not come back. */
export async function removeGenerations(directory: string, name: string): Promise<void> {
  await rm(join(directory, name + PREVIOUS), { force: true });
  await rm(join(directory, name + CURRENT), { force: true });
  await syncDirectory(directory);
}

/** The names of the files there are; none where there is no directory. */
export async function listNames(directory: string): Promise<string[]> {
  const files = (await readdir(directory).catch(ignoreMissing)) ?? [];
  const names = files
    .filter((file) => file.endsWith(CURRENT))
    .map((file) => file.slice(0, file.endsWith(PREVIOUS) ? -PREVIOUS.length : -CURRENT.length));
  return [...new Set(names)];
}

/** Makes the directory, and removes what dead processes left in it. */
export async function prepareDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  for (let made = directory; first !== undefined; made = dirname(made)) {
    await syncDirectory(dirname(made));
    if (made === first || made === dirname(made)) break;
  }
  for (const file of await readdir(directory)) {
    if (!file.endsWith(TEMPORARY)) continue;
    const path = join(directory, file);
    const found = await stat(path).catch(ignoreMissing);
    if (found !== undefined && found.mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx");
  await file.writeFile(text);
  await file.sync();
}

/** Forces a directory's entries to disk: without it a rename may be lost with the machine's power. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return; // directories can not be opened there
  await using directory = await open(path, "r");
  await directory.sync();
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildBundle } from "./build-bundle.ts";
import { circumstances, open, readRecord, type BundlePlace } from "./current.mjs";
import { sameContent } from "./inputs.ts";
import type { BundleRecord, Run } from "./record.ts";

/** The bundle that is there, where its sources were touched and are still the same. */
export async function untouched(place: BundlePlace): Promise<Run | undefined> {
  const record = readRecord(place);
  if (record === undefined || record.circumstances !== circumstances(place.project)) return undefined;
  const inputs = await sameContent(record.inputs);
  if (inputs === undefined) return undefined;
  await writeRecord(place, { ...record, inputs }).catch(() => {}); // the next start has to look again
  return (await open(place, record)).run;
}

/** Makes the bundle of an operator, and returns why it could not be made; undefined where it could. */
export async function makeBundle(place: BundlePlace, file: string): Promise<string | undefined> {
  const { name, project, folder } = place;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, ".gitignore"), "*\n");
    const { code, encoding, map, inputs } = await buildBundle({ project, file });
    const hash = createHash("sha256").update(process.version).update(code).update(map).digest("hex").slice(0, 16);
    const bundle = `${name}-${hash}.cjs`;
    await writeWhole(join(folder, `${bundle}.map`), map);
    await writeWhole(join(folder, bundle), code);
    await writeRecord(place, { circumstances: circumstances(project), file: bundle, encoding, inputs });
    await removeOthers(place, hash);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function writeRecord({ folder, name }: BundlePlace, record: BundleRecord): Promise<void> {
  await writeWhole(join(folder, `${name}.json`), JSON.stringify(record));
}

/** A file is there whole or not at all, whoever else writes it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Nothing takes this long to write: what is older was left by a process that died. */
const ABANDONED_MS = 60 * 60 * 1000;

async function removeOthers({ folder, name }: BundlePlace, hash: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}-`) || file.startsWith(`${name}-${hash}.`)) continue;
    const path = join(folder, file);
    const found = file.endsWith(".tmp") ? await stat(path).catch(() => undefined) : undefined;
    if (found !== undefined && found.mtimeMs > Date.now() - ABANDONED_MS) continue;
    await rm(path, { force: true });
  }
}

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { BundleInput } from "./record.ts";

export interface ReadInput {
  readonly input: BundleInput;
  readonly text: string;
}

/** Reads a file and what is noted of it. Its figures are taken first: changed while it is read, it counts as changed. */
export async function readInput(path: string): Promise<ReadInput> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  const content = await readFile(path);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 32);
  return { input: [path, size, mtimeMs, ctimeMs, hash], text: content.toString("utf8") };
}

/** The inputs with their figures of now, where the content of all is still the same; undefined where it is not. */
export async function sameContent(inputs: readonly BundleInput[]): Promise<BundleInput[] | undefined> {
  try {
    const now = await Promise.all(inputs.map(async ([path]) => (await readInput(path)).input));
    return now.every(([, , , , hash], index) => hash === inputs[index]?.[4]) ? now : undefined;
  } catch {
    return undefined;
  }
}

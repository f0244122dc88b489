import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { placeOf, type CodeBlock } from "./code-blocks.ts";

/** Writes each block as a file of its own below `to`, at the lines that it has in its page, with what it imports of its project. */
export async function writeTypescript(
  blocks: readonly CodeBlock[],
  { root, to }: { readonly root: string; readonly to: string },
): Promise<readonly string[]> {
  await rm(to, { recursive: true, force: true });
  const files: string[] = [];
  for (const block of blocks) {
    const path = posix.join(block.folder ?? "docs", `${placeOf(block).replaceAll(/[/:]/g, "-")}.ts`);
    const prelude = block.prelude.replaceAll("\n", " ");
    const text = `${prelude}${"\n".repeat(block.line - 1)}${block.code}`;
    files.push(await write(join(to, path), text));
    await copyImports(path, `${block.prelude}\n${block.code}`, { root, to });
  }
  return files;
}

async function copyImports(path: string, text: string, places: { readonly root: string; readonly to: string }) {
  for (const [, specifier] of text.matchAll(/^import\b[^;]*?\bfrom "(\.[^"]+)"/gm)) {
    const file = posix.join(dirname(path), specifier!);
    const imported = await readFile(join(places.root, file), "utf8");
    await write(join(places.to, file), imported);
    await copyImports(file, imported, places);
  }
}

async function write(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

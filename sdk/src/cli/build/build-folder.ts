import { copyFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FatalError } from "../../errors/millrace-error.ts";
import { createManifest } from "../../operator/manifest.ts";
import { buildBundle } from "../bundle/build-bundle.ts";
import type { BuiltOperator } from "../bundle/record.ts";
import { dockerfile, DOCKERIGNORE } from "./dockerfile.ts";

export interface BuildFolderOptions {
  readonly project: string;
  /** What is there is replaced, if it was built too. */
  readonly out: string;
  readonly signal: AbortSignal;
  readonly onOperator?: (name: string) => void;
}

export interface BuiltFolder {
  readonly operators: readonly { readonly name: string; readonly file: string; readonly bytes: number }[];
  /** Packages with machine code, with their versions, which have to be installed where the folder is run. */
  readonly native: Readonly<Record<string, string>>;
}

const SDK = fileURLToPath(new URL("../../../", import.meta.url));
const BUNDLE_FILES = fileURLToPath(new URL("../bundle/", import.meta.url));

/**
 * Makes a folder that runs a project's operators with Node alone. It is there as a whole or not at all. Raises what
 * `loadOperators` raises, and FatalError BUILD_OUT, BUILD_FAILED.
 */
export async function buildFolder(options: BuildFolderOptions): Promise<BuiltFolder> {
  const { out } = options;
  await refuseForeign(out);
  const making = `${out}.${process.pid}.tmp`;
  try {
    const built = await fill(making, options);
    await rm(out, { recursive: true, force: true });
    await rename(making, out);
    return built;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

async function fill(folder: string, { project, signal, onOperator }: BuildFolderOptions): Promise<BuiltFolder> {
  const manifest = await createManifest(project);
  await mkdir(join(folder, "bundles"), { recursive: true });
  const places: Record<string, BuiltOperator> = {};
  const operators: BuiltFolder["operators"][number][] = [];
  const native: Record<string, string> = {};
  for (const { name, file } of manifest.operators) {
    signal.throwIfAborted();
    onOperator?.(name);
    const bundle = await buildBundle({ project, file, portable: true }).catch((cause: unknown) => {
      throw new FatalError("BUILD_FAILED", `${name} can not be built: ${(cause as Error).message}`, { cause });
    });
    const path = `bundles/${name}.cjs`;
    await writeFile(join(folder, path), bundle.code);
    await writeFile(join(folder, `${path}.map`), bundle.map);
    places[name] = { file: path, encoding: bundle.encoding };
    operators.push({ name, file: path, bytes: Buffer.byteLength(bundle.code) });
    for (const packageJson of bundle.native) {
      const found = JSON.parse(await readFile(packageJson, "utf8")) as { name: string; version: string };
      native[found.name] = found.version;
    }
  }
  const { name = "operators" } = JSON.parse(await readFile(join(project, "package.json"), "utf8")) as { name?: string };
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files = {
    "manifest.json": `${JSON.stringify(manifest)}\n`,
    "operators.json": json(places),
    "package.json": json({
      name: `${name}-built`,
      version: "0.0.0",
      private: true,
      type: "module",
      engines: { node: ">=24" },
      ...(Object.keys(native).length > 0 && { dependencies: native }),
      // Where launchers find the command in a folder without node_modules.
      millrace: { main: "main.mjs", sdkVersion: manifest.sdkVersion },
    }),
    Dockerfile: dockerfile({ name, installs: Object.keys(native).length > 0 }),
    ".dockerignore": DOCKERIGNORE,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  await copyFile(join(BUNDLE_FILES, "built.mjs"), join(folder, "main.mjs"));
  for (const file of ["load.mjs", "source-positions.mjs"]) await copyFile(join(BUNDLE_FILES, file), join(folder, file));
  // Where the SDK looks for them from its sources: see `portablePath`.
  await cp(join(SDK, "migrations"), join(folder, "sdk/migrations"), { recursive: true });
  return { operators, native };
}

async function refuseForeign(out: string): Promise<void> {
  const entries = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return;
  const text = await readFile(join(out, "package.json"), "utf8").catch(() => "{}");
  if ((JSON.parse(text) as { millrace?: { main?: string } }).millrace?.main !== undefined) return;
  throw new FatalError("BUILD_OUT", `${out} holds something else than what was built before`, {
    fix: "Name another folder as --out, or remove it",
  });
}

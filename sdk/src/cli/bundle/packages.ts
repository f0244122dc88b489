import type { Metafile } from "esbuild";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

export function isInstalled(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path);
}

/**
 * The package.json files that say which packages a bundle holds: as they are found from where they are imported, so that
 * a package that was exchanged is seen, and of the sources themselves. They stand for the installed files.
 */
export function packageFiles({ inputs }: Metafile, workingDir: string): string[] {
  const found = new Set<string | undefined>();
  for (const [path, { imports }] of Object.entries(inputs)) {
    if (/^[\w-]{2,}:/.test(path)) continue; // not a file
    const folder = dirname(resolve(workingDir, path));
    if (!isInstalled(path)) found.add(lookUp(folder, "package.json"));
    for (const { original } of imports) found.add(findPackage(original ?? "", folder));
  }
  return [...found].filter((path) => path !== undefined).toSorted();
}

/** The package.json of the package that the specifier names, as a file in `folder` would find it; undefined where there is none. */
export function findPackage(specifier: string, folder: string): string | undefined {
  const name = /^(?:@[^/]+\/)?[^./][^/]*/.exec(specifier)?.[0];
  return name && lookUp(folder, join("node_modules", name, "package.json"));
}

function lookUp(folder: string, path: string): string | undefined {
  const candidate = join(folder, path);
  if (existsSync(candidate)) return candidate;
  return dirname(folder) === folder ? undefined : lookUp(dirname(folder), path);
}

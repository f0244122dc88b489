import { readFile } from "node:fs/promises";

interface PackageJson {
  readonly gypfile?: boolean;
  readonly binary?: unknown;
  readonly napi?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Packages by which others find the binaries that belong to them. */
const FINDERS = [
  "bindings",
  "node-gyp-build",
  "node-addon-api",
  "prebuild-install",
  "@mapbox/node-pre-gyp",
  "detect-libc",
];
const known = new Map<string, Promise<boolean>>();

/** Whether the package has a part of machine code, which it finds by where its files are. */
export function isNative(packageJson: string): Promise<boolean> {
  let native = known.get(packageJson);
  if (native === undefined) known.set(packageJson, (native = look(packageJson)));
  return native;
}

async function look(path: string): Promise<boolean> {
  const {
    gypfile,
    binary,
    napi,
    dependencies = {},
    optionalDependencies = {},
  } = JSON.parse(await readFile(path, "utf8")) as PackageJson;
  return (
    gypfile === true ||
    binary !== undefined ||
    napi !== undefined ||
    FINDERS.some((name) => name in dependencies) ||
    Object.keys(optionalDependencies).some((name) => /\b(?:linux|darwin|win32)\b/.test(name))
  );
}

import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Where the sources of a bundle are for those that ask, by `import.meta` or `__dirname`: expressions of JavaScript. */
export interface Placement {
  /** What the path is called in the bundle. */
  readonly name: (path: string) => string;
  readonly filename: (path: string) => string;
  readonly dirname: (path: string) => string;
  readonly url: (path: string) => string;
}

/** Where they are now: the bundle is run on this machine, beside them. */
export const inPlace: Placement = {
  name: (path) => path,
  filename: (path) => JSON.stringify(path),
  dirname: (path) => JSON.stringify(dirname(path)),
  url: (path) => JSON.stringify(pathToFileURL(path).href),
};

/** The same places below a folder that is only known when the bundle is loaded; see `portablePath`. */
export function inFolder(project: string): Placement {
  const at = (path: string) => `bundle.at(${JSON.stringify(portablePath(path, project))})`;
  return {
    name: (path) => portablePath(path, project),
    filename: at,
    dirname: (path) => `bundle.at(${JSON.stringify(dirname(portablePath(path, project)))})`,
    url: (path) => `process.getBuiltinModule("node:url").pathToFileURL(${at(path)}).href`,
  };
}

const SDK_PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

/** A source's place in a folder that holds no sources: `operators/flights.ts`, `sdk/src/…`, `node_modules/pg/…`. */
export function portablePath(path: string, project: string): string {
  const inSdk = path.startsWith(SDK_PACKAGE) ? path.slice(SDK_PACKAGE.length) : undefined;
  if (inSdk !== undefined && !inSdk.includes("node_modules")) return slashes(join("sdk", inSdk));
  const installed = path.lastIndexOf(`${sep}node_modules${sep}`);
  if (installed >= 0) return slashes(path.slice(installed + 1));
  return slashes(relative(project, path)).replace(/^(?:\.\.\/)+/, "");
}

function slashes(path: string): string {
  return path.replaceAll(sep, "/");
}

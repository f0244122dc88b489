import type { Plugin } from "esbuild";
import { dirname, join } from "node:path";

/** Built-ins that take Node a millisecond to many (`tls` ten), and that most runs do without. */
const BUILTINS = [
  "assert",
  "child_process",
  "crypto",
  "dns",
  "http",
  "http2",
  "https",
  "tls",
  "worker_threads",
  "zlib",
];
/** Packages that not every operator needs, and what stands in for each until something of it is used. */
const PACKAGES: Readonly<Record<string, string>> = {
  // Of time partitions.
  "temporal-polyfill": `{ get Temporal() { return require("temporal-polyfill").Temporal; } }`,
  // Of pino's transports, which we do not use; it loads worker_threads.
  "thread-stream": `function ThreadStream(...args) { return new (require("thread-stream"))(...args); }`,
};

/** The driver's, for passwords that are not sent as they are; it loads crypto. */
const PASSWORDS = /[\\/]pg[\\/]lib[\\/]crypto[\\/]utils$/;

/** The names that the built-ins export, as `loadBundle` takes them. */
export function lazyBuiltins(): Readonly<Record<string, readonly string[]>> {
  const own = (name: string) => Object.getOwnPropertyNames(process.getBuiltinModule(name));
  const others = new Set(Object.getOwnPropertyNames(function plain() {}));
  return Object.fromEntries(BUILTINS.map((name) => [name, own(name).filter((key) => !others.has(key))]));
}

/** Evaluates packages when something of them is used for the first time, and not when the bundle is loaded. */
export function lazyPackages(): Plugin {
  return {
    name: "lazy-packages",
    setup(build) {
      const filter = new RegExp(`^(?:${Object.keys(PACKAGES).join("|")})$`);
      build.onResolve({ filter, namespace: "file" }, ({ path, resolveDir }) => ({
        path,
        namespace: "lazy",
        pluginData: resolveDir,
      }));
      build.onResolve({ filter: /^\.\/(?:crypto\/)?utils$/, namespace: "file" }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path);
        return PASSWORDS.test(file) ? { path: `${file}.js`, namespace: "lazy-file" } : undefined;
      });
      build.onLoad({ filter: /./, namespace: "lazy-file" }, ({ path }) => {
        const contents = `module.exports = new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`;
        return { contents, loader: "js", resolveDir: dirname(path) };
      });
      build.onLoad({ filter, namespace: "lazy" }, ({ path, pluginData }) => {
        return { contents: `module.exports = ${PACKAGES[path]};`, loader: "js", resolveDir: pluginData as string };
      });
    },
  };
}

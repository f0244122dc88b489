import type { Plugin } from "esbuild";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { isNative } from "./native.ts";
import { findPackage } from "./packages.ts";

const NAMESPACE = "required";

export interface RequiredOptions {
  /** For a bundle that can not have imports of its own. */
  readonly statements: boolean;
  /** Packages are looked for from where the bundle is, and not where they are now. */
  readonly portable: boolean;
  /** Told of the `package.json` of each package with machine code. */
  readonly onNative: (packageJson: string) => void;
}

/**
 * What is not in a bundle comes into it by `require`: built-ins, packages with machine code, and those of which little is
 * used and much would have to be read.
 */
export function required({ statements, portable, onNative }: RequiredOptions): Plugin {
  return {
    name: "required",
    setup(build) {
      build.onResolve({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
        loader: "js",
      }));
      build.onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => ({
        path: path.startsWith(".") ? join(resolveDir, path) : path,
        namespace: NAMESPACE,
      }));
      build.onResolve({ filter: /^@aws-sdk\// }, ({ path }) => ({ path, namespace: NAMESPACE }));
      build.onResolve({ filter: /^[@\w]/ }, async ({ path, importer, kind, namespace, resolveDir, pluginData }) => {
        if (pluginData === "resolved" || namespace === NAMESPACE) return undefined;
        if (isBuiltin(path)) {
          // Of a script, an import of its own would be an experiment of Node's; of a function it can not be had.
          const isImport = kind === "dynamic-import" || (statements && kind === "import-statement");
          return isImport ? { path, namespace: NAMESPACE } : undefined;
        }
        const packageJson = findPackage(path, resolveDir);
        if (packageJson === undefined || !(await isNative(packageJson))) return undefined;
        const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: "resolved" });
        if (found.errors.length > 0) return undefined;
        onNative(packageJson);
        return { path: portable ? path : found.path, namespace: NAMESPACE };
      });
    },
  };
}

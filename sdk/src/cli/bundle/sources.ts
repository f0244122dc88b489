import type { Loader, OnLoadResult, Plugin, PluginBuild } from "esbuild";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { readInput, type ReadInput } from "./inputs.ts";
import { isInstalled } from "./packages.ts";
import type { Placement } from "./placement.ts";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
};
/** Where the SDK is; it knows that it is bundled. */
const SDK = fileURLToPath(new URL("../../", import.meta.url));
const META = "import-meta";
/** Of what esbuild is asked for where a bundle is run by the Node that made it. */
export const TARGET = `node${process.versions.node}`;
/** As Node takes types out, whatever a tsconfig.json says. */
export const TSCONFIG = { compilerOptions: { verbatimModuleSyntax: true } } as const;
/** esbuild's `define` that makes an identifier of `import.meta`, which `withPlace` imports. */
export const META_DEFINITION = { "import.meta": "__importMeta" } as const;

/**
 * Reads the sources of a bundle so that each still knows where it is: `import.meta` and `__dirname` are those of the
 * source, so that side files and workers are found as ever. `onRead` is told what was read.
 */
export function sources(onRead: (input: ReadInput["input"]) => void, placement: Placement): Plugin {
  return {
    name: "sources",
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]s$/, namespace: "file" }, async ({ path }): Promise<OnLoadResult> => {
        const { input, text } = await readInput(path);
        const contents = withPlace(path, useNamespace(text), placement);
        const loader = LOADERS[extname(path)] ?? "js";
        if (isInstalled(path)) return { contents, loader };
        onRead(input);
        if (path.startsWith(SDK)) return { contents, loader };
        const line = computedImport(text);
        if (line !== undefined)
          return { errors: [{ text: "it imports what is known only when it runs", location: { file: path, line } }] };
        return { contents: await withNames(build.esbuild, { path, contents, loader }), loader: "js" };
      });
      build.onResolve({ filter: new RegExp(`^${META}:`) }, ({ path }) => ({
        path: placement.name(path.slice(META.length + 1)),
        namespace: META,
        sideEffects: false,
        pluginData: path.slice(META.length + 1),
      }));
      build.onLoad({ filter: /./, namespace: META }, ({ pluginData }) => ({
        contents: importMeta(pluginData as string, placement),
        loader: "js",
      }));
    },
  };
}

/** The line of the first import of a file that is named only when the line runs; it would be looked for beside the bundle. */
function computedImport(text: string): number | undefined {
  const found = /^(?!\s*(?:\/\/|\*)).*\bimport\(\s*[A-Za-z_$]/m.exec(text);
  return found ? text.slice(0, found.index).split("\n").length : undefined;
}

/** In one file with many others a function or a class may get another name; its `name`, as in an error, stays its own. */
async function withNames(
  esbuild: PluginBuild["esbuild"],
  source: { readonly path: string; readonly contents: string; readonly loader: Loader },
): Promise<string> {
  const { code } = await esbuild.transform(source.contents, {
    loader: source.loader,
    keepNames: true,
    target: TARGET,
    tsconfigRaw: TSCONFIG,
    sourcefile: source.path,
    sourcemap: "inline",
    sourcesContent: false,
  });
  return code;
}

/** `z` is the namespace of zod; imported as one, the parts of zod that nobody uses are left out. */
function useNamespace(text: string): string {
  return text.replace(/^import \{ z \} from (["'])zod\1/m, "import * as z from $1zod$1");
}

/** The text, which knows the file it was; at its end, or on its first line, so that all positions stay what they were. */
function withPlace(path: string, text: string, placement: Placement): string {
  if (/\bimport\.meta\b/.test(text)) return `${text}\nimport __importMeta from ${JSON.stringify(`${META}:${path}`)};`;
  if (!/\b__(?:dir|file)name\b/.test(text) || /\b(?:const|let|var) __(?:dir|file)name\b/.test(text)) return text;
  const place = `;var __filename=${placement.filename(path)},__dirname=${placement.dirname(path)};`;
  const [start = ""] = /^(?:#!.*\n)?(?:\s|\/\*[^]*?\*\/|\/\/.*\n)*(?:(["'])use strict\1;?)?/.exec(text) ?? [];
  return start + place + text.slice(start.length);
}

function importMeta(path: string, placement: Placement): string {
  return `const url = ${placement.url(path)};
const { createRequire } = process.getBuiltinModule("node:module");
const { pathToFileURL } = process.getBuiltinModule("node:url");
const resolve = (specifier) => (/^\\.{0,2}\\//.test(specifier) ? new URL(specifier, url) : pathToFileURL(createRequire(url).resolve(specifier))).href;
export default { url, filename: ${placement.filename(path)}, dirname: ${placement.dirname(path)}, main: false, resolve };`;
}

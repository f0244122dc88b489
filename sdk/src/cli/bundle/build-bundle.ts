import type { BuildFailure, Message } from "esbuild";
import { extname, join, relative, resolve } from "node:path";
import { CONFIG_FILE } from "../../operator/project.ts";
import { readInput } from "./inputs.ts";
import { lazyBuiltins, lazyPackages } from "./lazy.ts";
import { packageFiles } from "./packages.ts";
import type { BundleInput } from "./record.ts";
import { META_DEFINITION, sources, TARGET, TSCONFIG } from "./sources.ts";

export interface BuiltBundle {
  readonly code: string;
  /** A source map with absolute paths. */
  readonly map: string;
  readonly inputs: readonly BundleInput[];
}

export interface BuildOptions {
  readonly project: string;
  /** The operator's, from the project's folder. */
  readonly file: string;
}

/** Puts an operator, the SDK that runs it, and all that they import into one script. Raises Error with the reason. */
export async function buildBundle({ project, file }: BuildOptions): Promise<BuiltBundle> {
  const inputs = new Map<string, BundleInput>();
  const note = (input: BundleInput) => void inputs.set(input[0], input);
  await requireModules(project);
  const esbuild = await import("esbuild");
  try {
    const { metafile, outputFiles } = await esbuild.build({
      stdin: { contents: entry(join(project, file)), resolveDir: project, sourcefile: "millrace-exec.js" },
      outfile: "bundle.cjs",
      absWorkingDir: project,
      write: false,
      bundle: true,
      metafile: true,
      platform: "node",
      target: TARGET,
      // A script, not a module: V8 keeps compiled code of it that knows what a run needs.
      format: "cjs",
      // As Node itself resolves and reads, not as other tools do.
      conditions: ["node-addons", "module-sync"],
      mainFields: ["main"],
      tsconfigRaw: TSCONFIG,
      define: META_DEFINITION,
      external: ["@aws-sdk/*"],
      plugins: [lazyPackages(), sources(note)],
      banner: {
        js: `(function (requireWith, module) { "use strict"; const require = requireWith(${JSON.stringify(lazyBuiltins())}), { exports } = module;`,
      },
      footer: { js: "})" },
      // Identifiers stay: names of functions and classes are in stacks and errors.
      minifyWhitespace: true,
      minifySyntax: true,
      // Node shows the line of an error that nothing catches.
      lineLimit: 200,
      legalComments: "none",
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
    });
    const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
    for (const path of [join(project, CONFIG_FILE), ...packageFiles(metafile, project)])
      note((await readInput(path)).input);
    return { code: text(".cjs"), map: withAbsolutePaths(text(".map"), project), inputs: [...inputs.values()] };
  } catch (error) {
    const [first] = (error as Partial<BuildFailure>).errors ?? [];
    throw first === undefined ? error : new Error(reason(first, project));
  } finally {
    // Its process would stay for as long as ours.
    await esbuild.stop();
  }
}

/** Elsewhere Node and esbuild do not agree about what a CommonJS package's default export is. */
async function requireModules(project: string): Promise<void> {
  const { text } = await readInput(join(project, "package.json"));
  if ((JSON.parse(text) as { type?: string }).type !== "module")
    throw new Error('package.json does not say `"type": "module"`');
}

function entry(operator: string): string {
  // .ts as here, .js as published.
  const own = (name: string) => JSON.stringify(join(import.meta.dirname, "..", name + extname(import.meta.filename)));
  return `import { run } from ${own("run")};
import { exec } from ${own("exec")};
import operator from ${JSON.stringify(operator)};
export default (args) => run(args, { exec: (options) => exec({ ...options, find: async () => operator }) });`;
}

function withAbsolutePaths(map: string, project: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  return JSON.stringify({
    ...parsed,
    sources: parsed.sources.map((source) => resolve(project, source)),
  });
}

function reason({ text, location }: Message, project: string): string {
  if (location === null) return text;
  return `${relative(project, resolve(project, location.file))}:${location.line}: ${text}`;
}

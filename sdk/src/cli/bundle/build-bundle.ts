import type { BuildFailure, Message } from "esbuild";
import { existsSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { DECLARED_FILE } from "../../operator/declared.ts";
import { CONFIG_FILE } from "../../operator/project.ts";
import { readInput } from "./inputs.ts";
import { lazyBuiltins, lazyPackages } from "./lazy.ts";
import { packageFiles } from "./packages.ts";
import { inFolder, inPlace, portablePath } from "./placement.ts";
import type { BundleInput } from "./record.ts";
import { required } from "./required.ts";
import { META_DEFINITION, sources, TARGET, TSCONFIG } from "./sources.ts";

export interface BuiltBundle {
  readonly code: string;
  /** Of its file: code that is ASCII is read faster as what it is. */
  readonly encoding: "latin1" | "utf8";
  /** A source map with absolute paths; those of `portablePath` where the bundle is portable. */
  readonly map: string;
  readonly inputs: readonly BundleInput[];
  /** The `package.json` of packages with machine code, which stayed out of it. */
  readonly native: readonly string[];
}

export interface BuildOptions {
  readonly project: string;
  /** The operator's, from the project's folder. */
  readonly file: string;
  /** To be run in another folder, perhaps on another machine, by any Node from 24 on. */
  readonly portable?: boolean;
}

/** Puts an operator, the SDK that runs it, and all that they import into one script. Raises Error with the reason. */
export async function buildBundle(options: BuildOptions): Promise<BuiltBundle> {
  await requireModules(options.project);
  const esbuild = await import("esbuild");
  const build = (form: Form) => buildAs(form, esbuild, options);
  try {
    return await build("function").catch((error: unknown) => {
      if (/Top-level await/.test(failure(error)?.text ?? "")) return build("async function");
      throw error;
    });
  } catch (error) {
    const message = failure(error);
    throw message === undefined ? error : new Error(reason(message, options.project));
  } finally {
    // Its process would stay for as long as ours.
    await esbuild.stop();
  }
}

/** What a bundle is the body of: an async function where a module awaits at its top, which takes a little longer to start. */
type Form = "function" | "async function";

async function buildAs(
  form: Form,
  esbuild: typeof import("esbuild"),
  { project, file, portable = false }: BuildOptions,
): Promise<BuiltBundle> {
  const native = new Set<string>();
  const inputs = new Map<string, BundleInput>();
  const note = (input: BundleInput) => void inputs.set(input[0], input);
  const awaits = form === "async function";
  const { metafile, outputFiles } = await esbuild.build({
    stdin: { contents: await entry(join(project, file), note), resolveDir: project, sourcefile: "millrace-exec.js" },
    outfile: "bundle.cjs",
    absWorkingDir: project,
    write: false,
    bundle: true,
    metafile: true,
    platform: "node",
    target: portable ? "node24" : TARGET,
    // A script, not a module: V8 keeps compiled code of it that knows what a run needs.
    format: awaits ? "esm" : "cjs",
    // As Node itself resolves and reads, not as other tools do.
    conditions: ["node-addons", "module-sync"],
    mainFields: ["main"],
    tsconfigRaw: TSCONFIG,
    define: META_DEFINITION,
    plugins: [
      lazyPackages(),
      required({ statements: awaits, portable, onNative: (packageJson) => void native.add(packageJson) }),
      sources(note, portable ? inFolder(project) : inPlace),
    ],
    banner: {
      js: `(${form} (requireWith, bundle) { "use strict"; const require = requireWith(${JSON.stringify(lazyBuiltins())});`,
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
  const config = [join(project, CONFIG_FILE)].filter((path) => existsSync(path));
  for (const path of [...config, ...packageFiles(metafile, project)]) note((await readInput(path)).input);
  const named = (path: string) => (portable ? portablePath(path, project) : path);
  const code = text(".cjs");
  return {
    code,
    // eslint-disable-next-line no-control-regex
    encoding: /[^\x00-\x7f]/.test(code) ? "utf8" : "latin1",
    // What a plugin made stands for the file it is of.
    map: withSources(text(".map"), (source) => named(resolve(project, source.replace(/^[\w-]{2,}:/, "")))),
    inputs: [...inputs.values()],
    native: [...native],
  };
}

function failure(error: unknown): Message | undefined {
  return (error as Partial<BuildFailure>).errors?.[0];
}

/** Elsewhere Node and esbuild do not agree about what a CommonJS package's default export is. */
async function requireModules(project: string): Promise<void> {
  const { text } = await readInput(join(project, "package.json"));
  if ((JSON.parse(text) as { type?: string }).type !== "module")
    throw new Error('package.json does not say `"type": "module"`');
}

async function entry(file: string, note: (input: BundleInput) => void): Promise<string> {
  // .ts as here, .js as published.
  const own = (name: string) => JSON.stringify(join(import.meta.dirname, "..", name + extname(import.meta.filename)));
  const [imports, find] = basename(file) === DECLARED_FILE ? await findDeclared(file, note) : findWritten(file);
  return `import { run } from ${own("run")};
import { exec } from ${own("exec")};
${imports}
bundle.run = (args) => run(args, { exec: (options) => exec({ ...options, find: ${find} }) });`;
}

type Finding = readonly [imports: string, find: string];

function findWritten(operator: string): Finding {
  return [`import operator from ${JSON.stringify(operator)};`, "async () => operator"];
}

/** The declarations are part of the bundle, as what is written is. */
async function findDeclared(file: string, note: (input: BundleInput) => void): Promise<Finding> {
  const { input, text } = await readInput(file);
  note(input);
  return [
    `import { openDeclared } from "@millrace/operators";`,
    `() => openDeclared(${JSON.stringify(text)}, ${JSON.stringify(DECLARED_FILE)}, options.name)`,
  ];
}

function withSources(map: string, name: (source: string) => string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  return JSON.stringify({ ...parsed, sources: parsed.sources.map(name) });
}

function reason({ text, location }: Message, project: string): string {
  if (location === null) return text;
  return `${relative(project, resolve(project, location.file))}:${location.line}: ${text}`;
}

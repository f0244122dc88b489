import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readSources, type Import, type SourceFile } from "./imports.ts";

// Imports flow one way, so that a part can be read, tested and replaced without those that are built on it.

/** The folders of sdk/src, lowest first; those of one row may use each other, as long as no files form a cycle. */
const layers: readonly (readonly string[])[] = [
  ["errors"],
  ["host", "record", "state", "logging", "retry"],
  ["extract", "load"],
  ["operator"],
  ["testing", "cli", "index.ts"],
];

const packages = ["sdk", "operators", "example-project", "test"] as const;

/** Finds the imports that go the wrong way, each as `file:line: what is wrong`; none when all is well. */
export async function findViolations(root: string): Promise<string[]> {
  const files = (await Promise.all(packages.map((folder) => readSources(root, folder)))).flat();
  const exported = await exportedPaths(root);
  const violations = files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const wrong = whatIsWrong(file.path, imported, exported);
      return wrong === null ? [] : [`${file.path}:${imported.line}: ${wrong}`];
    }),
  );
  const unknown = files.filter(({ path }) => path.startsWith("sdk/src/") && layerOf(path) === -1);
  return [
    ...violations,
    ...unknown.map(({ path }) => `${path}: this folder is in no layer of test/check/import-direction.ts.`),
    ...findCycles(files),
  ];
}

function whatIsWrong(path: string, { specifier, file }: Import, exported: ReadonlySet<string>): string | null {
  const from = path.split("/", 1)[0];
  const to = file?.split("/", 1)[0];
  if (from !== "test" && (to === "test" || specifier.startsWith("@millrace/test"))) return "nothing imports `test`.";
  if (to !== undefined && to !== from)
    return `${specifier} reaches into another package; import it by the package's name.`;
  if (path.startsWith("sdk/src/") && file !== null && !file.startsWith("sdk/src/")) {
    return `${specifier} is no part of the package that is published.`;
  }
  if (from === "operators" && specifier.startsWith("@millrace/sdk") && !exported.has(specifier)) {
    return `${specifier} is not exported by the SDK.`;
  }
  if (!path.startsWith("sdk/src/") || file === null) return null;
  if (path.startsWith("sdk/src/host/pipes/") && !/^sdk\/src\/(host\/pipes|errors)\//.test(file)) {
    return `host/pipes stands alone, but imports ${specifier}.`;
  }
  const [own, other] = [layerOf(path), layerOf(file)];
  return other > own ? `${folderOf(path)} is below ${folderOf(file)}, but imports ${specifier}.` : null;
}

function folderOf(path: string): string {
  return path.split("/")[2] ?? "";
}

function layerOf(path: string): number {
  return layers.findIndex((layer) => layer.includes(folderOf(path)));
}

async function exportedPaths(root: string): Promise<Set<string>> {
  const { name, exports } = JSON.parse(await readFile(join(root, "sdk", "package.json"), "utf8"));
  return new Set(Object.keys(exports).map((path) => name + path.slice(1)));
}

/** Each cycle of files once, as `a → b → a`. */
function findCycles(files: readonly SourceFile[]): string[] {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) cycles.push(`${[...trail.slice(start), path].join(" → ")}: these files import each other.`);
    if (start !== -1 || done.has(path)) return;
    for (const next of importsOf.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

if (import.meta.main) {
  const violations = await findViolations(join(import.meta.dirname, "..", ".."));
  for (const violation of violations) console.error(violation);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

import { glob, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FatalError } from "../errors/millrace-error.ts";
import { databaseUrl } from "../load/postgres/database-url.ts";
import { DECLARED_FILE, declaredOperators, hasDeclared } from "./declared.ts";
import { isOperator, type Operator } from "./operator.ts";

export type { DeclaredOperator } from "./declared.ts";

/** What `millrace.config.ts` holds. */
export interface ProjectConfig {
  /** Glob of the operators' files, from the project's folder. One file is one operator, its default export. */
  readonly operators: string;
}

/** For `export default defineConfig({ … })` in `millrace.config.ts`. */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}

export interface ProjectOperator {
  readonly operator: Operator;
  /** From the project's folder, e.g. `operators/flights.ts`. */
  readonly file: string;
  /** What it is made of, where that is not all of the file. */
  readonly content?: string;
}

export const CONFIG_FILE = "millrace.config.ts";

/**
 * All operators of a project by name, in the order of their files; those of `operators.yaml` come last, and do not know their
 * tables. Raises FatalError: see `readConfig`, `importOperator`, `declaredOperators`, OPERATOR_DOUBLED. Where `onProblem` is given
 * it hears of the latter three, and the other operators are returned.
 */
export async function loadOperators(
  projectDir: string,
  onProblem: (error: unknown) => void = raise,
): Promise<Map<string, ProjectOperator>> {
  const operators = new Map<string, ProjectOperator>();
  const add = (found: ProjectOperator) => {
    const { name } = found.operator;
    const other = operators.get(name);
    if (other !== undefined) {
      throw new FatalError("OPERATOR_DOUBLED", `${other.file} and ${found.file} both define an operator "${name}"`, {
        fix: "Rename one of them",
      });
    }
    operators.set(name, found);
  };
  for (const file of await operatorFiles(projectDir)) {
    try {
      add({ operator: await importOperator(projectDir, file), file });
    } catch (error) {
      onProblem(error);
    }
  }
  try {
    for (const { operator, content } of await declaredOperators(projectDir))
      add({ operator, file: DECLARED_FILE, content });
  } catch (error) {
    onProblem(error);
  }
  return operators;
}

function raise(error: unknown): never {
  throw error;
}

/**
 * One operator by name, ready to run: a declared one looks for its table in the database of `env`.
 * Raises FatalError OPERATOR_UNKNOWN, naming those there are, and what a declared one's table raises.
 */
export async function findOperator(
  projectDir: string,
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProjectOperator> {
  const files = await operatorFiles(projectDir);
  // A file is mostly named as its operator: then the others need not be loaded.
  const likely = files.find((file) => file.replaceAll("-", "_").endsWith(`/${name}.ts`));
  if (likely !== undefined) {
    const operator = await importOperator(projectDir, likely);
    if (operator.name === name) return { operator, file: likely };
  }
  const declared = (await declaredOperators(projectDir)).find(({ operator }) => operator.name === name);
  if (declared !== undefined) {
    return { operator: await declared.open(() => databaseUrl(env)), file: DECLARED_FILE, content: declared.content };
  }
  const operators = await loadOperators(projectDir);
  const found = operators.get(name);
  if (found !== undefined) return found;
  throw new FatalError("OPERATOR_UNKNOWN", `There is no operator "${name}" in ${resolve(projectDir)}`, {
    fix:
      operators.size > 0
        ? `Choose one of ${[...operators.keys()].join(", ")}`
        : `Write one where \`operators\` in ${CONFIG_FILE} points`,
  });
}

async function operatorFiles(projectDir: string): Promise<string[]> {
  const config = await readConfig(projectDir);
  if (config === undefined) return [];
  const files: string[] = [];
  for await (const file of glob(config.operators, { cwd: projectDir })) files.push(file.replaceAll("\\", "/"));
  return files.toSorted();
}

/**
 * Undefined where operators are only declared. Raises FatalError PROJECT_MISSING where there is neither a config file nor
 * `operators.yaml`, PROJECT_CONFIG where it does not name operators.
 */
async function readConfig(projectDir: string): Promise<ProjectConfig | undefined> {
  const path = resolve(projectDir, CONFIG_FILE);
  try {
    await stat(path);
  } catch (cause) {
    if (await hasDeclared(projectDir)) return undefined;
    throw new FatalError(
      "PROJECT_MISSING",
      `${resolve(projectDir)} is no Millrace project: it has no ${CONFIG_FILE} and no ${DECLARED_FILE}`,
      { fix: "Run in a project's folder, or pass it as --project", cause },
    );
  }
  const { default: config } = (await import(pathToFileURL(path).href)) as { default?: Partial<ProjectConfig> };
  if (typeof config?.operators !== "string") {
    throw new FatalError("PROJECT_CONFIG", `${path} has no default export with \`operators\``, {
      fix: 'Write `export default defineConfig({ operators: "operators/*.ts" })`',
    });
  }
  return { operators: config.operators };
}

/** Raises FatalError OPERATOR_INVALID where the file does not load, or its default export is no operator. */
async function importOperator(projectDir: string, file: string): Promise<Operator> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(join(projectDir, file))).href)) as { default?: unknown };
  } catch (cause) {
    throw new FatalError(
      "OPERATOR_INVALID",
      `${file} does not load: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  if (isOperator(module.default)) return module.default;
  throw new FatalError("OPERATOR_INVALID", `${file} has no operator as its default export`, {
    fix: "Write `export default defineOperator({ … })`",
  });
}

import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FatalError } from "../errors/millrace-error.ts";
import type { Operator } from "./operator.ts";

/** Where a project declares ready-made operators, beside those that it writes or without any. */
export const DECLARED_FILE = "operators.yaml";
const READY_MADE = "@millrace/operators";

/** An operator that is declared and not written. */
export interface DeclaredOperator {
  /** As it is known without a database: its table has no columns but those that are declared. */
  readonly operator: Operator;
  /** Its declaration: another one is another version of it. */
  readonly content: string;
  /** The operator as it can run. Raises what looking for its table raises. */
  open(databaseUrl: () => string): Promise<Operator>;
}

export async function hasDeclared(projectDir: string): Promise<boolean> {
  return await stat(join(projectDir, DECLARED_FILE)).then(
    () => true,
    () => false,
  );
}

/**
 * The operators of a project's `operators.yaml`; none where it has none. Raises FatalError OPERATORS_MISSING, and what
 * `readDeclared` of the ready-made operators raises.
 */
export async function declaredOperators(projectDir: string): Promise<DeclaredOperator[]> {
  if (!(await hasDeclared(projectDir))) return [];
  const text = await readFile(join(projectDir, DECLARED_FILE), "utf8");
  const { readDeclared } = await readyMade(projectDir);
  return readDeclared(text, DECLARED_FILE);
}

interface ReadyMade {
  readonly readDeclared: (text: string, file: string) => DeclaredOperator[];
}

/** They are built on this package, which can only look for them where the project has them. */
async function readyMade(projectDir: string): Promise<ReadyMade> {
  let path: string;
  try {
    path = createRequire(join(resolve(projectDir), "package.json")).resolve(READY_MADE);
  } catch (cause) {
    throw new FatalError("OPERATORS_MISSING", `${DECLARED_FILE} needs ${READY_MADE}, which is not installed`, {
      fix: `Run \`pnpm add ${READY_MADE}\` in ${resolve(projectDir)}`,
      cause,
    });
  }
  return (await import(pathToFileURL(path).href)) as ReadyMade;
}

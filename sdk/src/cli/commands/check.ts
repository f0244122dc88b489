import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { execa } from "execa";
import { redactError } from "../../errors/redact.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import { preflight } from "../../load/postgres/preflight/preflight.ts";
import { tableName } from "../../load/postgres/target-columns.ts";
import { createLogger } from "../../logging/logger.ts";
import { parseConfig } from "../../operator/config.ts";
import type { Operator } from "../../operator/operator.ts";
import { findOperator, loadOperators } from "../../operator/project.ts";
import { selectPartitions } from "../../operator/partitions/select.ts";
import { openState, type State } from "../../state/open-state.ts";
import { describeError } from "../command-error.ts";
import { find, findingsText, type Finding } from "../output/findings.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";

interface CheckOptions extends CommonOptions {
  readonly partition?: string;
}

export function checkCommand({ signal, setExitCode }: CommandContext): Command {
  return projectCommand("check", {
    description: "all that can be said before a run: types, operators, targets, sources",
    example: "millrace check --partition 2013-01-01",
  })
    .option("--partition <key>", "the partition whose sources are looked for; without it those of partitions are not")
    .action(async (options: CheckOptions) => {
      const { project, output } = openProject(options);
      process.chdir(project); // where paths of configs are from
      const findings: Finding[] = [await find("types", () => checkTypes(project))];
      const operators = await findOperators(project);
      findings.push(...operators.findings);
      await using targets = new Targets();
      findings.push(await find("database", () => targets.open()));
      for (const name of operators.names) {
        // Where the database can not be reached that is said once, above.
        if (targets.isOpen) findings.push(await find(`${name}: target`, () => targets.check(project, name)));
        findings.push(await find(`${name}: source`, () => checkSource(project, name, { ...options, signal })));
      }
      if (findings.some(({ status }) => status === "problem")) setExitCode(1);
      output.result(findings, () => findingsText(findings, output));
    });
}

/** Those that load, and for each file that does not, why. */
async function findOperators(
  project: string,
): Promise<{ readonly names: readonly string[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const problem = (error: unknown) => {
    findings.push({ what: "operators", status: "problem", note: describeError(error) });
  };
  const found = await loadOperators(project, problem).catch(problem);
  const names = [...(found?.keys() ?? [])];
  if (names.length > 0) findings.unshift({ what: "operators", status: "ok", note: names.join(", ") });
  return { names, findings };
}

async function checkTypes(project: string): Promise<string | Omit<Finding, "what">> {
  if (!existsSync(join(project, "tsconfig.json"))) return { status: "warning", note: "no tsconfig.json" };
  const { failed, all, exitCode } = await execa("tsc", ["--noEmit"], {
    cwd: project,
    preferLocal: true,
    all: true,
    reject: false,
  });
  if (exitCode === undefined) return { status: "warning", note: "TypeScript is not installed" };
  return failed ? { status: "problem", note: all } : "";
}

/** The tables of the target database, looked at over one connection. */
class Targets implements AsyncDisposable {
  #state: State | undefined;

  get isOpen(): boolean {
    return this.#state !== undefined;
  }

  /** Says which database it is, without its password. */
  async open(): Promise<string> {
    const url = databaseUrl(process.env);
    this.#state = await openState(url).catch((error: unknown) => {
      throw databaseError(error, url);
    });
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  }

  async check(project: string, name: string): Promise<string> {
    const { operator } = await findOperator(project, name);
    if (operator.targets.length === 0) return "none";
    try {
      await this.#state!.ask((client) => preflight(client, operator.targets));
    } catch (error) {
      throw databaseError(error, databaseUrl(process.env));
    }
    return operator.targets.map(({ table }) => tableName(table)).join(", ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#state?.[Symbol.asyncDispose]();
  }
}

/** Whether the source is there, as far as the operator says what it reads without reading it. */
async function checkSource(
  project: string,
  name: string,
  { partition: key, signal }: { readonly partition?: string; readonly signal: AbortSignal },
): Promise<string | Omit<Finding, "what">> {
  const { operator } = await findOperator(project, name);
  if (operator.form === "run") return { status: "ok", note: "its own `run` reads it" };
  if (operator.partitions !== undefined && key === undefined) {
    return { status: "warning", note: "not looked for: say of which partition, --partition" };
  }
  const source = await operator.extract(context(operator, { key, signal }) as never);
  if (source.kind === "query") return "the target database";
  try {
    await source.fingerprint();
    return source.uri;
  } catch (error) {
    throw redactError(error);
  }
}

function context(
  operator: Operator,
  { key, signal }: { readonly key: string | undefined; readonly signal: AbortSignal },
) {
  const asked =
    operator.partitions === undefined || key === undefined ? null : ({ kind: "keys", keys: [key] } as const);
  return {
    config: parseConfig(operator, {}),
    log: createLogger({ level: "silent" }),
    signal,
    run: { id: "check", jobName: null, retryNumber: 0 },
    checkpoint: null,
    partition: selectPartitions(operator, asked)[0],
  };
}

import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { loadOperators } from "../../operator/project.ts";
import type { Partitions } from "../../operator/partitions/partitions.ts";
import { timePartition } from "../../operator/partitions/time-window.ts";
import { applyMigrations } from "../../testing/apply-migrations.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { UsageError } from "../command-error.ts";
import { startDagster } from "../dev/dagster.ts";
import { isFree } from "../dev/port.ts";
import { atLeastOne } from "./at-least-one.ts";
import {
  devEnvironment,
  openProject,
  projectCommand,
  type CommandContext,
  type CommonOptions,
} from "./command-context.ts";
import { runSeveral } from "./run-several.ts";

interface DevOptions extends CommonOptions {
  readonly port: number;
  readonly dagster: boolean;
}

/** So many partitions of each operator are loaded to begin with. */
const FIRST = 3;

export function devCommand(context: CommandContext): Command {
  return projectCommand("dev", {
    description: "everything on this machine: PostgreSQL, the tables, some rows, and Dagster with the operators",
    example: "millrace dev --port 3001",
  })
    .addOption(new Option("--port <port>", "where Dagster listens").default(3000).argParser(atLeastOne))
    .option("--no-dagster", "only the database, the tables and the rows")
    .addHelpText(
      "after",
      "\nThe database is that of DATABASE_URL, else one of the project's own in .millrace. Ctrl-C ends all of it.",
    )
    .action((options: DevOptions) => dev(options, context));
}

async function dev(options: DevOptions, context: CommandContext): Promise<void> {
  const { signal } = context;
  const { project, output } = openProject(options);
  const say = (line: string) => output.say(`• ${line}`);
  const state = join(project, ".millrace");
  const orchestrator = join(project, "orchestrator");
  const withDagster = options.dagster && existsSync(join(orchestrator, "pyproject.toml"));
  // Ahead of all that takes time: and another one's Dagster would be taken for ours.
  if (withDagster && !(await isFree(options.port))) {
    throw new UsageError("PORT_IN_USE", `Port ${options.port} is taken by another program`, {
      fix: `End that program, or choose another port: --port ${options.port + 1}`,
    });
  }
  await using stack = new AsyncDisposableStack();
  let databaseUrl = process.env["DATABASE_URL"];
  if (!databaseUrl) {
    const server = await startPostgres({ directory: join(state, "postgres"), onProgress: say, signal });
    // One that another `dev` has started is that one's to end.
    if (!server.adopted) stack.defer(() => server.stop());
    databaseUrl = await server.createDatabase("millrace");
    process.env["DATABASE_URL"] = databaseUrl;
    const file = devEnvironment(project);
    if (!server.adopted) stack.defer(() => rm(file, { force: true }));
    await writeFile(file, `DATABASE_URL=${databaseUrl}\n`);
    say(`PostgreSQL runs: psql ${databaseUrl}`);
  }
  if (existsSync(join(project, "drizzle"))) {
    await applyMigrations(databaseUrl, join(project, "drizzle"));
    say("the tables are up to date");
  }
  await loadSome(project, options, context);
  if (!withDagster) return;
  const dagster = stack.use(
    await startDagster({ folder: orchestrator, state, databaseUrl, port: options.port, say, signal }),
  );
  say(`Dagster is at ${dagster.url}/asset-groups — Ctrl-C ends all of it`);
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await Promise.race([promise, dagster.ended]);
}

/** The first partitions of what is cut by time, and everything that has none. */
async function loadSome(project: string, { json }: DevOptions, context: CommandContext): Promise<void> {
  const operators = [...(await loadOperators(project)).values()].map(({ operator }) => operator);
  const names = operators.filter(({ partitions }) => partitions === undefined).map(({ name }) => name);
  if (names.length > 0) await runSeveral({ project, json, select: names.join(","), parallel: 2 }, context);
  for (const { name, partitions } of operators) {
    const keys = firstKeys(partitions);
    if (keys.length > 0) await runSeveral({ project, json, select: name, partition: keys, parallel: 1 }, context);
  }
}

function firstKeys(partitions: Partitions | undefined): string[] {
  if (partitions?.kind === "static") return partitions.keys.slice(0, FIRST);
  if (partitions?.kind !== "daily") return [];
  const start = Date.parse(`${partitions.start.slice(0, 10)}T00:00Z`);
  return Array.from({ length: FIRST }, (_, day) => new Date(start + day * DAY_MS).toISOString().slice(0, 10)).filter(
    (key) => timePartition(partitions, key) !== undefined,
  );
}

const DAY_MS = 86_400_000;

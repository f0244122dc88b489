import { Command, Option } from "commander";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import { exportDeadLetters } from "../../operator/dead-letters/export-dead-letters.ts";
import { replayDeadLetters } from "../../operator/dead-letters/replay-dead-letters.ts";
import { findOperator } from "../../operator/project.ts";
import {
  countDeadLetters,
  firstDeadLetters,
  purgeDeadLetters,
  type DeadLetterChoice,
  type DeadLetterRow,
} from "../../state/dead-letter-rows.ts";
import type { DeadLetterStatus } from "../../state/tables.ts";
import { confirm } from "../output/confirm.ts";
import { atLeastOne } from "./at-least-one.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";
import { withState } from "./with-state.ts";

interface LetterOptions extends CommonOptions {
  readonly partition?: string;
  readonly status?: readonly DeadLetterStatus[];
  readonly code?: readonly string[];
}

interface ExportOptions extends CommonOptions {
  readonly partition?: string;
  readonly status?: DeadLetterStatus;
  readonly to: string;
}

const STATUSES: readonly DeadLetterStatus[] = ["open", "uncommitted", "superseded", "replayed"];

export function failuresCommand(context: CommandContext): Command {
  return new Command("failures")
    .description("records that could not be loaded (dead letters): look, export, load after a fix")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(exportCommand())
    .addCommand(replayCommand(context))
    .addCommand(purgeCommand(context));
}

function letterCommand(name: string, texts: { description: string; example: string }): Command {
  return projectCommand(name, texts)
    .argument("[operator]")
    .option("--partition <key>", "only of this partition")
    .addOption(new Option("--status <status...>", "only these").choices(STATUSES))
    .option("--code <code...>", "only these, as SCHEMA");
}

function choiceOf(operator: string | undefined, { partition, status, code }: LetterOptions): DeadLetterChoice {
  return {
    ...(operator !== undefined && { operator }),
    ...(partition !== undefined && { partition }),
    ...(status !== undefined && { statuses: status }),
    ...(code !== undefined && { codes: code }),
  };
}

function listCommand(): Command {
  return letterCommand("list", {
    description: "how many there are of each kind; the open ones, unless --status says otherwise",
    example: "millrace failures list orders",
  }).action(async (operator: string | undefined, options: LetterOptions) => {
    const { output } = openProject(options);
    const groups = await withState((db) =>
      countDeadLetters(db, { statuses: ["open"], ...choiceOf(operator, options) }),
    );
    output.result(groups, () =>
      groups.length === 0
        ? "none"
        : output.table(
            ["operator", "partition", "status", "code", "field", "records"],
            groups.map((group) => [
              group.operator,
              group.partition,
              group.status,
              group.code,
              group.field ?? "",
              group.records,
            ]),
          ),
    );
  });
}

function showCommand(): Command {
  return letterCommand("show", {
    description: "the records themselves, with why and where they stood",
    example: "millrace failures show orders --code SCHEMA --limit 5",
  })
    .addOption(new Option("--id <id>", "only this one").argParser(atLeastOne))
    .addOption(new Option("--limit <n>", "how many at most").default(10).argParser(atLeastOne))
    .action(async (operator: string | undefined, options: LetterOptions & { id?: number; limit: number }) => {
      const { output } = openProject(options);
      const { id, limit } = options;
      const choice = { statuses: STATUSES, ...choiceOf(operator, options), limit, ...(id !== undefined && { id }) };
      const letters = await withState((db) => firstDeadLetters(db, choice));
      output.result(letters, () =>
        letters.map((letter) => describe(letter, (text) => output.style("yellow", text))).join("\n\n"),
      );
    });
}

function describe(letter: DeadLetterRow, style: (text: string) => string): string {
  const { id, operator, partition, status, code, reason, source, line, byteOffset, record } = letter;
  const place = [source, line === null ? "" : `line ${line}`, byteOffset === null ? "" : `byte ${byteOffset}`];
  return [
    `${id}  ${operator} ${partition}  ${status}`,
    `  ${style(code)}  ${reason}`,
    `  ${place.filter(Boolean).join(", ")}`,
    `  ${typeof record === "string" ? record : JSON.stringify(record)}`,
  ].join("\n");
}

function exportCommand(): Command {
  return projectCommand("export", {
    description: "write them to failures_<time>.parquet, whatever their status unless --status says it",
    example: "millrace failures export orders --to failures --status open",
  })
    .argument("[operator]")
    .option("--partition <key>", "only of this partition")
    .addOption(new Option("--status <status>", "only these").choices(STATUSES))
    .option("--to <dir>", "the folder", "failures")
    .action(async (operator: string | undefined, options: ExportOptions) => {
      const { output } = openProject(options);
      const { partition, status } = options;
      const exported = await exportDeadLetters({
        databaseUrl: databaseUrl(process.env),
        directory: options.to,
        ...(operator !== undefined && { operator }),
        ...(partition !== undefined && { partition }),
        ...(status !== undefined && { status }),
      });
      output.result(exported, () => (exported.file === null ? "none" : `${exported.letters} in ${exported.file}`));
    });
}

function replayCommand({ signal, setExitCode }: CommandContext): Command {
  return projectCommand("replay", {
    description: "give open ones to the operator again, as it is now, and load those that it takes",
    example: "millrace failures replay orders --code SCHEMA",
  })
    .argument("<operator>")
    .option("--partition <key>", "only of this partition")
    .option("--code <code...>", "only these, as SCHEMA")
    .option("--overwrite", "of an upsert: also update rows whose key has come since")
    .action(async (name: string, options: LetterOptions & { overwrite?: boolean }) => {
      const { project, output } = openProject(options);
      const { operator } = await findOperator(project, name);
      const { partition, code, overwrite = false } = options;
      const result = await replayDeadLetters(operator, {
        databaseUrl: databaseUrl(process.env),
        overwrite,
        signal,
        ...(partition !== undefined && { partition }),
        ...(code !== undefined && { codes: code }),
      });
      if (result.rejected > 0) setExitCode(1);
      output.result(result, () => {
        const malformed =
          result.malformed > 0 ? `, ${result.malformed} are no records: run their partitions again` : "";
        const why = result.rejected > 0 ? ` (why: millrace failures show ${name} --status open)` : "";
        return `${result.replayed} replayed, ${result.rejected} still open${why}${malformed}`;
      });
    });
}

function purgeCommand({ signal, setExitCode }: CommandContext): Command {
  return letterCommand("purge", {
    description: "delete for good; those that were replayed or superseded, unless --status says otherwise",
    example: "millrace failures purge orders --older-than 30",
  })
    .addOption(new Option("--older-than <days>", "in days").default(0).argParser(atLeastOne))
    .option("--yes", "do not ask")
    .action(async (operator: string | undefined, options: LetterOptions & { olderThan: number; yes?: boolean }) => {
      const { output } = openProject(options);
      const choice = { statuses: ["replayed", "superseded"] as const, ...choiceOf(operator, options) };
      const question = `Delete the ${choice.statuses.join(" and ")} dead letters ${operator === undefined ? "of all operators" : `of ${operator}`}${options.olderThan > 0 ? ` older than ${options.olderThan} days` : ""} for good?`;
      if (!(await confirm(question, { yes: options.yes === true, signal }))) {
        setExitCode(1);
        return;
      }
      const deleted = await withState((db) => purgeDeadLetters(db, { ...choice, olderThanDays: options.olderThan }));
      output.result({ deleted }, () => `${deleted} deleted`);
    });
}

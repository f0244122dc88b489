import { readFile } from "node:fs/promises";
import { FatalError, metadata, type RunOperator } from "@millrace/sdk";
import { z } from "zod";
import { ownOperator } from "../own-operator.ts";
import type { OperatorOptions } from "../table-operator.ts";
import { statementSql } from "./statement-sql.ts";
import { partitionParameters, sqlStatements, type SqlParameters, type SqlStatement } from "./sql-file.ts";

export interface RunSqlOptions extends OperatorOptions {
  /** A file of statements, from the project's folder. */
  readonly path: string;
  /**
   * Values for `:name` in the statements. A partition adds `:partition`, and one of time `:partition_start` and
   * `:partition_end`, half open. They are bound, and never become part of the statement's text.
   */
  readonly parameters?: SqlParameters | undefined;
}

/**
 * An operator that runs the statements of a file in one transaction, and reports how many rows each of them took.
 * Raises FatalError SQL_FILE, SQL_PARAMETER, SQL_TRANSACTION (the file has BEGIN or COMMIT of its own), and the database's.
 */
export function runSql(options: RunSqlOptions): RunOperator {
  const { path, parameters = {} } = options;
  return ownOperator(options, {
    config: z.object({
      parameters: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .default({})
        .describe("Values for :name in the statements, in place of those that are declared"),
    }),
    run: async (context) => {
      const values = { ...parameters, ...context.config.parameters, ...partitionParameters(context.partition) };
      const statements = sqlStatements(await readScript(path), values);
      for (const statement of statements) refuseTransaction(statement, path);
      let counts: number[] = [];
      await context.commit(async (chunk) => {
        counts = []; // the transaction may be done again
        for (const statement of statements) {
          context.signal.throwIfAborted();
          const { rowCount } = (await chunk.database
            .execute(statementSql(statement))
            .catch((error: unknown) => Promise.reject(at(error, path, statement)))) as unknown as {
            rowCount: number | null;
          };
          counts.push(rowCount ?? 0);
          context.log.info("statement_completed", { line: statement.line, rows: rowCount });
        }
      });
      context.metadata.add({
        statements: statements.length,
        rows: counts.reduce((sum, count) => sum + count, 0),
        rows_by_statement: metadata.json(
          Object.fromEntries(statements.map(({ line }, index) => [`line ${line}`, counts[index] ?? 0])),
        ),
      });
    },
  });
}

async function readScript(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FatalError("SQL_FILE", `The SQL file ${path} can not be read: ${(cause as Error).message}`, {
      fix: "Check the path, from the project's folder",
      cause,
    });
  });
}

function refuseTransaction({ parts: [text], line }: SqlStatement, path: string): void {
  const [, word] = TRANSACTION.exec(typeof text === "string" ? text : "") ?? [];
  if (word === undefined) return;
  throw new FatalError(
    "SQL_TRANSACTION",
    `${path}, line ${line}: ${word.toUpperCase()} would end the transaction in which all of the file is run`,
    {
      fix: "Leave it out; what can not be part of a transaction (VACUUM, CREATE INDEX CONCURRENTLY) is for run_command",
    },
  );
}

/** At the beginning of a statement, behind its comments. */
const TRANSACTION = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(begin|commit|rollback|end|abort|start\s+transaction)\b/i;

/** Which statement it was; the database says what of it. */
function at(error: unknown, path: string, { line }: SqlStatement): unknown {
  const cause = (error as { cause?: unknown } | null)?.cause ?? error;
  if (cause instanceof Error) Reflect.set(cause, "message", `${path}, line ${line}: ${cause.message}`);
  return cause;
}

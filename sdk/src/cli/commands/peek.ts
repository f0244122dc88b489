import { Option, type Command } from "commander";
import pg from "pg";
import { databaseError } from "../../load/postgres/database-error.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import { openState } from "../../state/open-state.ts";
import { UsageError } from "../command-error.ts";
import { atLeastOne } from "./at-least-one.ts";
import { openProject, projectCommand, type CommonOptions } from "./command-context.ts";

interface PeekOptions extends CommonOptions {
  readonly limit: number;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** A cell may be long; what it is can be told from its beginning. */
const CELL_CHARACTERS = 60;

export function peekCommand(): Command {
  return projectCommand("peek", {
    description: "the first rows of a table in the target database",
    example: "millrace peek public.flights --limit 5",
  })
    .argument("<table>", "its name, with or without its schema")
    .addOption(new Option("--limit <n>", "how many rows").default(10).argParser(atLeastOne))
    .action(async (table: string, options: PeekOptions) => {
      const { output } = openProject(options);
      const { columns, rows, total } = await peek(table, options.limit);
      output.result({ table, total, columns, rows: rows.map((row) => byName(columns, row)) }, () =>
        [
          output.table(
            columns.map(({ name, type }) => `${name} ${type}`),
            rows.map((row) => row.map((cell) => (cell === null ? "∅" : cell.slice(0, CELL_CHARACTERS)))),
          ),
          output.style("dim", `${rows.length} of ${total} rows`),
        ].join("\n"),
      );
    });
}

interface Peeked {
  readonly columns: readonly Column[];
  /** Each value as PostgreSQL writes it: nothing is lost on the way. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly total: number;
}

async function peek(table: string, limit: number): Promise<Peeked> {
  const url = databaseUrl(process.env);
  try {
    await using state = await openState(url);
    return await state.ask(async (client) => {
      const { rows: found } = await client.query<{ name: string | null }>("SELECT to_regclass($1)::text AS name", [
        table
          .split(".")
          .map((part) => pg.escapeIdentifier(part))
          .join("."),
      ]);
      const name = found[0]?.name;
      if (!name)
        throw new UsageError("TABLE_UNKNOWN", `There is no table "${table}"`, { fix: "Name it as schema.table" });
      const { rows: columns } = await client.query<Column>(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
        [name],
      );
      const list = columns.map((column) => `${pg.escapeIdentifier(column.name)}::text`).join(", ");
      const { rows } = await client.query<(string | null)[]>({
        text: `SELECT ${list} FROM ${name} LIMIT ${limit}`,
        rowMode: "array",
      });
      const { rows: counted } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${name}`);
      return { columns, rows, total: Number(counted[0]!.n) };
    });
  } catch (error) {
    throw databaseError(error, url);
  }
}

function byName(columns: readonly Column[], row: readonly (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]));
}

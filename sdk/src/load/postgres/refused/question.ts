import pg from "pg";
import type { EncodedContent } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { columnList, type TargetColumn } from "../target-columns.ts";
import type { Suspicion } from "./constraints.ts";
import { cutColumns } from "./cut-columns.ts";
import type { Rows } from "./parts.ts";
import type { Refusal } from "./refusal.ts";

/** What the server has to say about rows of a chunk. */
interface Answer {
  /** Rows that it does not take, with its words. */
  readonly refused: ReadonlyMap<number, Refusal>;
  /** Rows that it may not take. */
  readonly suspects: readonly number[];
}

/** Something to ask the server about all rows of a chunk at once, by sending no more of them than the columns it is about. */
export interface Question {
  readonly name: string;
  /** Questions are asked in this order. */
  readonly rank: number;
  /** The answer depends on the chunks before, which have to be committed. */
  readonly late: boolean;
  /** Suspects break a condition on the row alone: only one that others with its key stand for may be spared. */
  readonly sure: boolean;
  /** Within a transaction. Raises what the server refuses of the columns' values. */
  ask(client: pg.Client, rows: AskedRows): Promise<Answer>;
}

interface AskedRows {
  readonly content: EncodedContent;
  readonly rows: Rows;
  /** In the order of the rows' encoding. */
  readonly columns: readonly TargetColumn[];
  /** Quoted, with its schema. */
  readonly target: string;
}

const ROW = "millrace_row";

/** Whether a column's values are values of its type: for PostgreSQL 16 and later. */
export function aboutValues(column: string, type: string): Question {
  const named = pg.escapeLiteral(type);
  return {
    name: `values of ${column}`,
    rank: 0,
    late: false,
    sure: false,
    async ask(client, { content, rows, columns }) {
      const table = await makeTable(
        client,
        `CREATE TEMPORARY TABLE IF NOT EXISTS millrace_values (${ROW} int, value text) ON COMMIT DELETE ROWS`,
        { name: "millrace_values", few: true },
      );
      const place = columns.findIndex(({ name }) => name === column);
      await copyRows(client, table, cutColumns(content, rows, [place]), {
        where: `NOT pg_input_is_valid(value, ${named})`,
      });
      const invalid = await client.query<Pick<Refusal, "sqlState" | "message" | "detail"> & { row: number }>(
        `SELECT ${ROW} AS row, sql_error_code AS "sqlState", message, detail FROM ${table}, pg_input_error_info(value, ${named})`,
      );
      return {
        refused: new Map(invalid.rows.map(({ row, ...refusal }) => [row, { ...refusal, column, constraint: null }])),
        suspects: [],
      };
    },
  };
}

/** Whether rows break a constraint of the target. */
export function aboutConstraint(suspicion: Suspicion, number: number): Question {
  const { name, sends, condition, late } = suspicion;
  return {
    name,
    rank: condition === null ? (late ? 3 : 2) : 1,
    late,
    sure: condition !== null,
    async ask(client, { content, rows, columns, target }) {
      const sent = columns.filter((column) => sends.includes(column.name));
      const asked = `millrace_asked_${number}`;
      const table = await makeTable(
        client,
        `CREATE TEMPORARY TABLE IF NOT EXISTS ${asked} ON COMMIT DELETE ROWS AS SELECT 0 AS ${ROW}, ${columnList(sent)} FROM ${target} WITH NO DATA`,
        { name: asked, few: condition !== null },
      );
      const places = sent.map((column) => columns.indexOf(column));
      await copyRows(
        client,
        `${table} (${ROW}, ${columnList(sent)})`,
        cutColumns(content, rows, places),
        condition === null ? {} : { where: condition },
      );
      const found = await client.query<{ row: number }>(
        `SELECT row FROM (${condition === null ? suspicion.suspects(table, ROW) : `SELECT ${ROW} FROM ${table}`}) suspects (row)`,
      );
      return { refused: new Map(), suspects: found.rows.map(({ row }) => row) };
    },
  };
}

/** A table that only few rows come into is emptied faster by DELETE. */
async function makeTable(
  client: pg.Client,
  create: string,
  { name, few }: { readonly name: string; readonly few: boolean },
): Promise<string> {
  const table = `pg_temp.${name}`;
  await client.query(`${create}; ${few ? "DELETE FROM" : "TRUNCATE"} ${table}`);
  return table;
}

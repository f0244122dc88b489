import type pg from "pg";
import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import { quoted, type TargetColumn } from "../target-columns.ts";
import { Constraints, type ConstraintsOptions, type Suspicion } from "./constraints.ts";
import type { Refusal } from "./refusal.ts";
import { attempt, withinSavepoint } from "./savepoint.ts";
import { tryRows, type Newest, type TriedRow } from "./try-rows.ts";

/** How a strategy merges rows, as SQL: so that it can be tried on some of them. */
export interface RowsMerge {
  /** Rows of the target with the same key are replaced, and of the rows with one key the last wins; null where there is none. */
  readonly key: readonly TargetColumn[] | null;
  /** Where the newest row with a key stands for all of them. */
  readonly newest?: Newest;
  /**
   * Merges the rows that `from` gives: a relation that has their columns and their `ctid`, in whose order they came.
   * Returns what became of them, by the names of `Counts`.
   */
  merge(from: string): string;
  /** Likewise only adds them, where the target's conditions are what such rows have to meet. */
  add?(from: string): string;
}

export interface CarefulMergeOptions extends Omit<ConstraintsOptions, "key"> {
  readonly columnList: string;
  readonly rows: RowsMerge;
}

/** Rows of the stage, by their `ctid`, that are set apart to be tried one by one. */
const SUSPECTS = "pg_temp.millrace_suspects";

/** Merges rows of a table some of which the server refuses. */
export class CarefulMerge {
  readonly #options: CarefulMergeOptions;
  #constraints: Constraints | undefined;

  constructor(options: CarefulMergeOptions) {
    this.#options = options;
  }

  columnsOf({ constraint }: Refusal): readonly string[] {
    return this.#constraints?.columnsOf(constraint) ?? [];
  }

  /**
   * Merges what the server takes of a table's rows (quoted), within a transaction, and returns the others. What a refusal is
   * about is asked about all rows at once; only suspects are tried one by one, after the others.
   */
  async merge(client: pg.Client, table: string, counts: Counts): Promise<TriedRow[]> {
    const { columnList, rows, target, columns } = this.#options;
    this.#constraints ??= await Constraints.read(client, { target, columns, key: rows.key });
    await client.query(
      `CREATE TEMPORARY TABLE IF NOT EXISTS millrace_suspects (tid tid) ON COMMIT DELETE ROWS; TRUNCATE ${SUSPECTS}`,
    );
    const trying = { merge: (from: string) => rows.merge(from), columnList, table };
    const asked = new Set<string>();
    for (;;) {
      const refusal = await this.#mergeOthers(client, table, counts);
      if (refusal === null) break;
      const suspicion = this.#constraints.find(refusal);
      if (suspicion === undefined || asked.has(suspicion.name) || !(await this.#setApart(client, table, suspicion))) {
        return await tryRows(client, counts, { ...trying, tids: `SELECT ctid FROM ${table}`, alone: false });
      }
      asked.add(suspicion.name);
    }
    return await tryRows(client, counts, {
      ...trying,
      tids: `SELECT DISTINCT tid AS ctid FROM ${SUSPECTS}`,
      alone: true,
      newest: rows.newest ?? null,
    });
  }

  async #mergeOthers(client: pg.Client, table: string, counts: Counts): Promise<Refusal | null> {
    const { columnList, rows } = this.#options;
    const others = `(SELECT ctid, ${columnList} FROM ${table} WHERE ctid NOT IN (SELECT tid FROM ${SUSPECTS})) AS others`;
    const merged = noCounts();
    const refusal = await withinSavepoint(client, async () => {
      addCounts(merged, (await client.query<Partial<Counts>>(rows.merge(others))).rows[0]!);
    });
    if (refusal === null) addCounts(counts, merged);
    return refusal;
  }

  /** False where the server can not say it of all rows at once: where an expression fails on one of them, or a table may not be read. */
  async #setApart(client: pg.Client, table: string, suspicion: Suspicion): Promise<boolean> {
    const sql = `INSERT INTO ${SUSPECTS} ${this.#withTheirKeys(table, suspicion.suspects(table, "ctid"))}`;
    return (await attempt(client, async () => void (await client.query(sql)))) === null;
  }

  /** Adds the rows that have a suspect's key: which of them wins depends on which are refused. */
  #withTheirKeys(table: string, suspects: string): string {
    const { key } = this.#options.rows;
    if (key === null) return suspects;
    const keys = key.map(({ name }) => quoted(name)).join(", ");
    return `WITH suspects (tid) AS (${suspects}) SELECT tid FROM suspects
UNION SELECT ctid FROM ${table} WHERE (${keys}) IN (SELECT ${keys} FROM ${table} WHERE ctid IN (SELECT tid FROM suspects))`;
  }
}

export interface RefusedRow extends Refusal {
  /** From 0, among the rows of the stage. */
  readonly row: number;
  /** The row itself, as JSON. */
  readonly record: unknown;
}

export interface RefusedRowsOptions {
  /** The table that was merged from, quoted. */
  readonly table: string;
  readonly columnList: string;
  /** What ascends in the order in which rows came. */
  readonly order: string;
  /** The table that rows are numbered in. */
  readonly among: string;
}

/** What and where the rows are that were not taken. */
export async function refusedRows(
  client: pg.Client,
  tried: readonly TriedRow[],
  options: RefusedRowsOptions,
): Promise<RefusedRow[]> {
  if (tried.length === 0) return [];
  const { table, columnList, order, among } = options;
  const { rows } = await client.query<{ place: number; row: number; record: unknown }>(
    `SELECT (place - 1)::int AS place, number - 1 AS row, (SELECT to_json(given) FROM (SELECT ${columnList} FROM ${table} WHERE ctid = tid) AS given) AS record
FROM unnest($1::tid[]) WITH ORDINALITY AS tried (tid, place) JOIN (SELECT ctid AS tid, ${order} AS number_of FROM ${table}) merged USING (tid)
JOIN (SELECT ${order} AS number_of, row_number() OVER (ORDER BY ${order})::int AS number FROM ${among}) numbered USING (number_of) ORDER BY row`,
    [tried.map(({ tid }) => tid)],
  );
  return rows.map(({ place, row, record }) => ({ ...tried[place]!, row, record }));
}

import type pg from "pg";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { PartitionBounds } from "../partition-bounds.ts";
import type { Chunk, Commit } from "../loader.ts";
import { copyRows } from "./copy.ts";
import { databaseError } from "./database-error.ts";
import { columnList, quoted, quotedTable, type TargetColumn } from "./target-columns.ts";

/** Writes a commit's own records (dead letters, checkpoint, ledger) and checks that this run is still the one to write. */
export type RecordCommit = (client: pg.Client, commit: Commit) => Promise<void>;

export interface LoadSessionOptions {
  readonly client: pg.Client;
  readonly table: AnyPgTable;
  /** The columns that the rows have, in the order in which they are encoded. */
  readonly columns: readonly TargetColumn[];
  /** Whoever else loads the same thing waits for this lock. */
  readonly lockName: string;
  readonly recordCommit: RecordCommit;
  /** Called once a transaction is known to be committed. */
  readonly committed: (commit: Commit) => void;
}

const STAGE = "pg_temp.millrace_stage";

/** One connection loading into one table: what all strategies share. */
export class LoadSession {
  readonly client: pg.Client;
  readonly columns: readonly TargetColumn[];
  /** Quoted, with its schema. */
  readonly target: string;
  /** Quoted names of the columns, comma-separated. */
  readonly columnList: string;
  readonly stage = STAGE;
  readonly #lockName: string;
  readonly #recordCommit: RecordCommit;
  readonly #committed: (commit: Commit) => void;

  constructor({ client, table, columns, lockName, recordCommit, committed }: LoadSessionOptions) {
    this.client = client;
    this.columns = columns;
    this.target = quotedTable(table);
    this.columnList = columnList(columns);
    this.#lockName = lockName;
    this.#recordCommit = recordCommit;
    this.#committed = committed;
  }

  /** A temporary table with the target's types and none of its constraints. */
  async createStage(onCommit: "PRESERVE ROWS" | "DELETE ROWS"): Promise<void> {
    await this.client.query("DROP TABLE IF EXISTS pg_temp.millrace_stage");
    await this.client.query(
      `CREATE TEMPORARY TABLE millrace_stage ON COMMIT ${onCommit} AS SELECT ${this.columnList} FROM ${this.target} WITH NO DATA`,
    );
  }

  /** Puts a chunk's rows into a table (quoted) and returns how many there were. */
  async put({ content }: Chunk, table: string): Promise<number> {
    const into = `${table} (${this.columnList})`;
    if (content.kind === "encoded") return content.rows === 0 ? 0 : copyRows(this.client, into, content.data);
    const sql = `INSERT INTO ${into} SELECT ${this.columnList} FROM (${content.sql}) source`;
    return (await this.client.query(sql, [...content.values])).rowCount ?? 0;
  }

  /** Runs `work` and the commit's own records in one transaction, behind the lock. */
  async transaction(work: () => Promise<Commit>): Promise<void> {
    const { client } = this;
    await client.query("BEGIN");
    try {
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [this.#lockName]);
      const commit = await work();
      await this.#recordCommit(client, commit);
      await client.query("COMMIT");
      this.#committed(commit);
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      throw databaseError(error);
    }
  }
}

/** A partition's bounds as a condition on the target, its values as parameters from number `first` on. */
export function boundsCondition(column: TargetColumn, bounds: PartitionBounds, first = 1): { readonly sql: string; readonly values: string[] } {
  const name = quoted(column.name);
  if (bounds.kind === "key") return { sql: `${name} = $${first}::${column.sqlType}`, values: [bounds.key] };
  return {
    sql: `${name} >= $${first}::${column.sqlType} AND ${name} < $${first + 1}::${column.sqlType}`,
    values: [bounds.start, bounds.end],
  };
}

import type pg from "pg";
import type { Chunk } from "../loader.ts";
import { copyRows } from "./copy.ts";

export interface LaneTarget {
  /** Quoted, with its schema. */
  readonly table: string;
  /** Quoted names of the columns that rows have, comma-separated, in the order of their encoding. */
  readonly columnList: string;
}

/** The temporary table of a lane's connection. */
export const STAGE = "pg_temp.millrace_stage";

/** A column of a stage that outlasts commits: ascends in the order in which rows came. */
export const ORDER = "millrace_order";

/** One connection of a load: a chunk is staged on it while another lane's chunk is merged. */
export class Lane {
  readonly client: pg.Client;
  readonly #target: LaneTarget;
  #staged = false;

  constructor(client: pg.Client, target: LaneTarget) {
    this.client = client;
    this.#target = target;
  }

  /**
   * A temporary table with the target's types and none of its constraints; made once, before a transaction. It has other
   * columns where `select` gives them. One that outlasts commits has ORDER, since its rows do not lie as they came.
   */
  async createStage(onCommit: "PRESERVE ROWS" | "DELETE ROWS", select?: string): Promise<void> {
    if (this.#staged) return;
    this.#staged = true;
    const { table, columnList } = this.#target;
    await this.client.query(
      `CREATE TEMPORARY TABLE millrace_stage ON COMMIT ${onCommit} AS ${select ?? `SELECT ${columnList} FROM ${table}`} WITH NO DATA`,
    );
    if (onCommit === "DELETE ROWS") return;
    await this.client.query(
      `CREATE TEMPORARY SEQUENCE millrace_order CACHE 10000; ALTER TABLE ${STAGE} ADD COLUMN ${ORDER} bigint DEFAULT nextval('pg_temp.millrace_order')`,
    );
  }

  /** Puts a chunk's rows into a table (quoted) and returns how many there were. */
  async put({ content }: Chunk, table: string): Promise<number> {
    const { columnList } = this.#target;
    const into = `${table} (${columnList})`;
    if (content.kind === "encoded") return content.rows === 0 ? 0 : copyRows(this.client, into, content.data);
    const sql = `INSERT INTO ${into} SELECT ${columnList} FROM (${content.sql}) source`;
    return (await this.client.query(sql, [...content.values])).rowCount ?? 0;
  }

  async begin(): Promise<void> {
    await this.client.query("BEGIN");
  }

  /** Makes the stage anew, within the transaction: only then do its rows lie in the order in which they come. */
  async freshStage(): Promise<void> {
    await this.client.query(`TRUNCATE ${STAGE}`);
  }

  async rollback(): Promise<void> {
    await this.client.query("ROLLBACK").catch(() => {}); // the connection may be what failed
  }
}

import type pg from "pg";
import type { LoadConnection } from "./connection.ts";
import type { Chunk, EncodedContent } from "../loader.ts";
import { BinaryRows } from "./binary/binary-rows.ts";
import { copyRows } from "./copy.ts";

export interface LaneTarget {
  /** Quoted, with its schema. */
  readonly table: string;
  /** Quoted names of the columns that rows have, comma-separated, in the order of their encoding. */
  readonly columnList: string;
  /** How many these are. */
  readonly columns: number;
  /** Of plain rows, to be sent in binary; null where all are sent as text. See `binaryKinds`. */
  readonly kinds: Uint8Array | null;
}

/** The temporary table of a lane's connection. */
export const STAGE = "pg_temp.millrace_stage";

/** So many columns has a table at most. */
const MAX_COLUMNS = 1600;

/** One connection of a load: a chunk is staged on it while another lane's chunk is merged. */
export class Lane {
  readonly client: pg.Client;
  readonly #connection: LoadConnection;
  readonly #target: LaneTarget;
  #staged = false;
  #order = "ctid";

  constructor(connection: LoadConnection, target: LaneTarget) {
    this.client = connection.client;
    this.#connection = connection;
    this.#target = target;
  }

  /** Ends the connection, and with it whatever it has not committed. */
  async close(): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** What of a stage's rows ascends as they came: exactly, but for a table that has no room for a column of ours. */
  get order(): string {
    return this.#order;
  }

  get isOrdered(): boolean {
    return this.#order !== "ctid";
  }

  /**
   * A temporary table with the target's types and none of its constraints; made once, before a transaction. It has other
   * columns where `select` gives them. One that outlasts commits has one for `order`, since its rows do not lie as they came.
   */
  async createStage(onCommit: "PRESERVE ROWS" | "DELETE ROWS", select?: string): Promise<void> {
    if (this.#staged) return;
    this.#staged = true;
    const { table, columnList, columns } = this.#target;
    const create = (rows: string) =>
      `CREATE TEMPORARY TABLE millrace_stage ON COMMIT ${onCommit} AS ${rows} WITH NO DATA`;
    if (onCommit === "DELETE ROWS" || columns >= MAX_COLUMNS) {
      await this.client.query(create(select ?? `SELECT ${columnList} FROM ${table}`));
      return;
    }
    this.#order = "millrace_order";
    // In one message, and so in one transaction.
    await this.client.query(`${create(`SELECT ${columnList}, 0::bigint AS ${this.#order} FROM ${table}`)};
CREATE TEMPORARY SEQUENCE millrace_order CACHE 10000;
ALTER TABLE ${STAGE} ALTER COLUMN ${this.#order} SET DEFAULT nextval('pg_temp.millrace_order')`);
  }

  /** The chunk's rows as they are best sent. */
  sendable(content: EncodedContent): Buffer | BinaryRows {
    const { kinds } = this.#target;
    return content.plain && kinds !== null ? new BinaryRows(kinds, content) : content.data;
  }

  /** Puts a chunk's rows into a table (quoted) and returns how many there were. */
  async put({ content }: Chunk, table: string): Promise<number> {
    const { columnList } = this.#target;
    const into = `${table} (${columnList})`;
    if (content.kind === "encoded") return content.rows === 0 ? 0 : copyRows(this.client, into, this.sendable(content));
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

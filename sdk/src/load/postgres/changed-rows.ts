import type { Chunk } from "../loader.ts";
import { HASH_LENGTH } from "../row-hash.ts";
import { copyRows } from "./copy.ts";
import { MAX_DIGITS, writeDigits } from "./digits.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { columnList, quoted, type TargetColumn } from "./target-columns.ts";

const PROBE = "pg_temp.millrace_probe";
const TAB = 0x09;

/** Below this share of unchanged rows, asking which ones changed costs more than sending them all. */
const WORTH_ASKING = 0.5;

interface Answer {
  /** Different keys in the chunk. */
  readonly keys: number;
  /** Rows, by their number in the chunk, whose hash is not the table's. */
  readonly changed: readonly number[];
  /** Chunks that had written when this was asked. */
  readonly writes: number;
}

/**
 * Finds a chunk's changed rows by sending no more of each than its key and its hash. Rows are encoded with the key's
 * columns first and the hash last.
 */
export class ChangedRows {
  readonly #session: LoadSession;
  readonly #key: readonly TargetColumn[];
  readonly #hash: TargetColumn;
  readonly #answers = new WeakMap<Chunk, Answer>();
  /** Counts the chunks that wrote to the target. */
  #writes = 0;
  /** Whether the next chunk is worth asking about: known once rows have been merged, or the table is seen to be empty. */
  #ask: boolean | undefined;

  constructor(
    session: LoadSession,
    { key, hash }: { readonly key: readonly TargetColumn[]; readonly hash: TargetColumn },
  ) {
    this.#session = session;
    this.#key = key;
    this.#hash = hash;
  }

  async prepare({ client }: Lane): Promise<void> {
    const { target } = this.#session;
    const columns = columnList([...this.#key, this.#hash]);
    await client.query(
      `CREATE TEMPORARY TABLE millrace_probe ON COMMIT DELETE ROWS AS SELECT 0 AS millrace_row, ${columns} FROM ${target} WITH NO DATA`,
    );
    if (this.#ask !== undefined) return;
    const { rows } = await client.query<{ some: boolean }>(`SELECT EXISTS (SELECT 1 FROM ${target}) AS some`);
    this.#ask = rows[0]!.some;
  }

  /** Empties what a chunk has left. */
  async reset({ client }: Lane): Promise<void> {
    await client.query(`TRUNCATE ${PROBE}`);
  }

  /** Says that rows were written which `learn` does not hear of. */
  wrote(): void {
    this.#writes += 1;
  }

  /** Sends keys and hashes and asks which rows changed, if that is worth it; then `send` is to be called in place of sending the chunk. */
  async stage(lane: Lane, chunk: Chunk): Promise<boolean> {
    const { content } = chunk;
    if (!this.#ask || content.kind !== "encoded" || content.rows === 0) return false;
    await copyRows(lane.client, PROBE, keysAndHashes(content, this.#key.length));
    this.#answers.set(chunk, await this.#query(lane));
    return true;
  }

  isStaged(chunk: Chunk): boolean {
    return this.#answers.has(chunk);
  }

  /**
   * Sends the rows whose hash is not the table's, and returns how many; all of them where a key comes twice, so that the
   * last one wins. To be called once all earlier chunks are committed.
   */
  async send(lane: Lane, chunk: Chunk, table: string): Promise<number> {
    const { content } = chunk;
    const early = this.#answers.get(chunk);
    if (content.kind !== "encoded" || early === undefined) return 0;
    // What was asked while an earlier chunk was still being merged holds, unless that one wrote.
    const { keys, changed } = early.writes === this.#writes ? early : await this.#query(lane);
    const into = `${table} (${this.#session.columnList})`;
    if (keys !== content.rows) return copyRows(lane.client, into, content.data);
    return changed.length === 0
      ? 0
      : copyRows(
          lane.client,
          into,
          pickRows(
            content,
            changed.toSorted((a, b) => a - b),
          ),
        );
  }

  async #query({ client }: Lane): Promise<Answer> {
    const writes = this.#writes;
    const keys = columnList(this.#key);
    const hash = quoted(this.#hash.name);
    const same = this.#key.map(({ name }) => `present.${quoted(name)} = probe.${quoted(name)}`).join(" AND ");
    // LIMIT keeps the planner from joining with the whole table: each key is looked up in its index.
    const { rows } = await client.query<{ keys: number; changed: number[] }>(
      `SELECT (SELECT count(*)::int FROM (SELECT 1 FROM ${PROBE} GROUP BY ${keys}) distinct_keys) AS keys,
  (SELECT coalesce(array_agg(probe.millrace_row), '{}') FROM ${PROBE} probe
   LEFT JOIN LATERAL (SELECT present.${hash} AS hash FROM ${this.#session.target} present WHERE ${same} LIMIT 1) present ON true
   WHERE present.hash IS DISTINCT FROM probe.${hash}) AS changed`,
    );
    return { ...rows[0]!, writes };
  }

  /** Takes from a merged chunk whether the next one is worth asking about. */
  learn(unchanged: number, rows: number): void {
    if (unchanged < rows) this.#writes += 1;
    if (rows > 0) this.#ask = unchanged >= rows * WORTH_ASKING;
  }
}

type Encoded = Extract<Chunk["content"], { kind: "encoded" }>;

/** A line for each row: its number, the columns of its key, its hash. */
function keysAndHashes(content: Encoded, keyColumns: number): Buffer {
  const { data, ends, rows } = content;
  const out = Buffer.allocUnsafe(keysLength(content, keyColumns) + rows * (MAX_DIGITS + 1 + HASH_LENGTH + 1));
  let at = 0;
  let start = 0;
  for (let row = 0; row < rows; row += 1) {
    const end = ends[row]!;
    at = writeDigits(row, out, at);
    out[at++] = TAB;
    for (let index = start, tabs = 0; tabs < keyColumns; index += 1) {
      const byte = data[index]!;
      out[at++] = byte;
      if (byte === TAB) tabs += 1;
    }
    for (let index = end - 1 - HASH_LENGTH; index < end; index += 1) out[at++] = data[index]!;
    start = end;
  }
  return out.subarray(0, at);
}

/** Of all keys with the tab behind each column. */
function keysLength({ data, ends, rows }: Encoded, keyColumns: number): number {
  let length = 0;
  let start = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let index = start, tabs = 0; tabs < keyColumns; index += 1, length += 1) if (data[index] === TAB) tabs += 1;
    start = ends[row]!;
  }
  return length;
}

function pickRows({ data, ends }: Encoded, rows: readonly number[]): Buffer {
  return Buffer.concat(rows.map((row) => data.subarray(row === 0 ? 0 : ends[row - 1], ends[row])));
}

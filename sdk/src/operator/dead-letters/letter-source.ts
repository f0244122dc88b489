import type { Sql } from "postgres";
import type { OpenOptions, RecordBatch, RecordSource } from "../../extract/source.ts";
import type { Position } from "../../record/dead-letter.ts";
import { parseExactRecord } from "../../record/exact-json.ts";
import { restoredValue, type ValueTypes } from "../../record/value-types.ts";

/** Which dead letters are meant. */
export interface LetterChoice {
  readonly operator: string;
  readonly partition: string;
  /** Only those with one of these codes; all where it is left out. */
  readonly codes?: readonly string[];
}

/** Where a dead letter's record stood in its source, and which letter it is. */
export class LetterPosition implements Position {
  readonly source: string;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly letterId: string;

  constructor(row: LetterRow) {
    this.source = row.source;
    this.line = row.line === null ? null : Number(row.line);
    this.byteOffset = row.byte_offset === null ? null : Number(row.byte_offset);
    this.letterId = row.id;
  }
}

interface LetterRow {
  readonly id: string;
  readonly record: string;
  readonly typed: boolean | null;
  readonly value_types: string | null;
  readonly source: string;
  readonly line: string | null;
  readonly byte_offset: string | null;
}

export interface OpenLetters {
  /** With a record that can be given to the operator again. */
  readonly records: number;
  /** Text that could not be read as a record. */
  readonly malformed: number;
}

const BATCH_ROWS = 200;

/** What could not be read as a record is kept as text, a JSON string, and has no types. */
const IS_RECORD = "(typed IS NOT NULL OR json_typeof(record) NOT IN ('string', 'null'))";

/** How many open dead letters there are. */
export async function countOpenLetters(sql: Sql, choice: LetterChoice): Promise<OpenLetters> {
  const [row] = await sql<OpenLetters[]>`
    SELECT count(*) FILTER (WHERE ${sql.unsafe(IS_RECORD)})::int AS records, count(*) FILTER (WHERE (${sql.unsafe(IS_RECORD)}) IS NOT TRUE)::int AS malformed
    FROM millrace.dead_letters WHERE ${chosen(sql, choice)}`;
  return row!;
}

/** The records of the open dead letters there are now, in the order in which they were written. */
export function letterSource(sql: Sql, choice: LetterChoice): RecordSource<unknown> {
  return {
    kind: "records",
    uri: "millrace.dead_letters",
    local: true,
    fingerprint: async () => "", // every letter says itself whether it is still open
    open: (options) => read(sql, choice, options),
  };
}

async function* read(sql: Sql, choice: LetterChoice, { signal }: OpenOptions): AsyncIterable<RecordBatch<unknown>> {
  const [newest] = await sql<
    { id: string | null }[]
  >`SELECT max(id)::text AS id FROM millrace.dead_letters WHERE ${chosen(sql, choice)}`;
  let last = "0";
  while (newest?.id) {
    signal.throwIfAborted();
    const rows = await sql<LetterRow[]>`
      SELECT id::text, record::text, typed, value_types::text, source, line::text, byte_offset::text FROM millrace.dead_letters
      WHERE ${chosen(sql, choice)} AND ${sql.unsafe(IS_RECORD)} AND dead_letters.id > ${last}::bigint AND dead_letters.id <= ${newest.id}::bigint
      ORDER BY dead_letters.id LIMIT ${BATCH_ROWS}`;
    if (rows.length === 0) return;
    last = rows.at(-1)!.id;
    yield* batches(rows);
  }
}

/** Consecutive letters whose records have types of their own, or do not: an older letter does not say so, and is text. */
function* batches(rows: readonly LetterRow[]): Iterable<RecordBatch<unknown>> {
  for (let start = 0, end = 1; start < rows.length; start = end, end += 1) {
    const typed = rows[start]!.typed === true;
    while (end < rows.length && (rows[end]!.typed === true) === typed) end += 1;
    const some = rows.slice(start, end);
    yield {
      records: some.map(letterRecord),
      malformed: [],
      typed,
      bytes: some.reduce((sum, { record }) => sum + record.length, 0),
      position: (index) => new LetterPosition(some[index]!),
    };
  }
}

/** The record as its source gave it. */
function letterRecord({ record, typed, value_types: types }: LetterRow): unknown {
  const shown = typed === true ? parseExactRecord(record) : (JSON.parse(record) as unknown);
  return types === null ? shown : restoredValue(shown, JSON.parse(types) as ValueTypes);
}

function chosen(sql: Sql, { operator, partition, codes }: LetterChoice) {
  const ofCode = codes === undefined ? sql`` : sql`AND code = ANY(${codes as string[]})`;
  return sql`operator = ${operator} AND partition = ${partition} AND status = 'open' ${ofCode}`;
}

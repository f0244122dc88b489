import type { Sql } from "postgres";
import { databaseError } from "../../load/postgres/database-error.ts";
import { openState } from "../../state/open-state.ts";
import type { DeadLetterStatus } from "../../state/tables.ts";
import { openLetters } from "./open-letters.ts";
import { createParquetFile, type ParquetColumn, type ParquetRow } from "./parquet-file.ts";

export interface ExportDeadLettersOptions {
  readonly databaseUrl: string;
  /** An operator's name; all operators where it is left out. */
  readonly operator?: string;
  /** A partition's key, empty for an operator without partitions; all where it is left out. */
  readonly partition?: string;
  /** Whatever their status where it is left out. */
  readonly status?: DeadLetterStatus;
  /** Where the file goes; made when missing. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

export interface ExportedDeadLetters {
  /** Null where there was no dead letter: no file is written then. */
  readonly file: string | null;
  readonly letters: number;
}

/** The file's columns, and how the database says their values: numbers and moments exactly, as text. */
const COLUMNS: readonly (ParquetColumn & { readonly sql?: string })[] = [
  { name: "id", type: "integer", required: true },
  { name: "operator", type: "text", required: true },
  { name: "partition", type: "text", required: true },
  { name: "run_id", type: "text", required: true },
  { name: "status", type: "text", required: true },
  { name: "code", type: "text", required: true },
  { name: "reason", type: "text", required: true },
  { name: "field", type: "text", required: false },
  { name: "record", type: "text", required: false },
  { name: "typed", type: "boolean", required: false },
  { name: "value_types", type: "text", required: false },
  { name: "source", type: "text", required: true },
  { name: "line", type: "integer", required: false },
  { name: "byte_offset", type: "integer", required: false },
  { name: "created_at", type: "moment", required: true, sql: "(extract(epoch FROM created_at) * 1000000)::bigint" },
];

/** Of each what comes first; a group is what is held in memory. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 4 * 1024 * 1024;
const FETCH_ROWS = 100;

/**
 * Writes dead letters to `failures_<time>.parquet`, ordered by id, as they are at one moment.
 * Raises FatalError PARQUET_MISSING, what `databaseError` makes of the database's errors, and the file system's errors.
 */
export async function exportDeadLetters(options: ExportDeadLettersOptions): Promise<ExportedDeadLetters> {
  const { databaseUrl, directory, signal } = options;
  const now = new Date();
  let letters = 0;
  await using _state = await openState(databaseUrl).catch((error: unknown) => {
    throw databaseError(error, databaseUrl);
  });
  await using connection = openLetters(databaseUrl);
  await using file = await createParquetFile(directory, COLUMNS);
  for await (const rows of groups(connection.sql, options)) {
    signal?.throwIfAborted();
    await file.append(rows);
    letters += rows.length;
  }
  return { file: letters === 0 ? null : await file.complete(`failures_${timeName(now)}`), letters };
}

async function* groups(sql: Sql, options: ExportDeadLettersOptions): AsyncIterable<ParquetRow[]> {
  let group: ParquetRow[] = [];
  let characters = 0;
  for await (const row of letterRows(sql, options)) {
    group.push(row);
    for (const value of row) characters += typeof value === "string" ? value.length : 8;
    if (group.length < GROUP_ROWS && characters < GROUP_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}

async function* letterRows(
  sql: Sql,
  { operator, partition, status }: ExportDeadLettersOptions,
): AsyncIterable<ParquetRow> {
  const selected = COLUMNS.map(({ name, sql: expression = name }) => `${expression}::text AS ${name}`).join(", ");
  const given = Object.entries({ operator, partition, status }).filter(([, value]) => value !== undefined);
  const conditions = given.map(([name], index) => `${name} = $${index + 1}`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  const query = sql.unsafe<Record<string, string | null>[]>(
    `SELECT ${selected} FROM millrace.dead_letters ${where} ORDER BY dead_letters.id`,
    given.map(([, value]) => value as string),
  );
  try {
    for await (const rows of query.cursor(FETCH_ROWS)) yield* rows.map(parquetRow);
  } catch (error) {
    throw databaseError(error);
  }
}

function parquetRow(row: Readonly<Record<string, string | null>>): ParquetRow {
  return COLUMNS.map(({ name, type }) => {
    const value = row[name] ?? null;
    if (value === null || type === "text") return value;
    return type === "boolean" ? value === "true" : BigInt(value);
  });
}

/** `20261124T084700Z` */
function timeName(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

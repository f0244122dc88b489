import pg from "pg";
import { applyMigrations } from "../apply-migrations.ts";

/** A row as PostgreSQL writes it: small integers, floats, booleans and JSON as themselves, all else as text. */
export type TestRow = Readonly<Record<string, unknown>>;

export interface TestDeadLetter {
  readonly partition: string;
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  /** As the source gave it. */
  readonly record: unknown;
  readonly source: string;
  /** From 1; null where the source has no lines. */
  readonly line: number | null;
}

export interface TestContent {
  /** Of each table beside Millrace's and drizzle's own, by name, with its schema where that is not `public`; in the order of their columns. */
  readonly rows: Readonly<Record<string, readonly TestRow[]>>;
  /** Those that are open, in the order of their lines. */
  readonly deadLetters: readonly TestDeadLetter[];
}

/** Applies a folder of drizzle migrations, then executes statements. */
export async function prepare(
  url: string,
  { sql, migrations }: { readonly sql?: string | undefined; readonly migrations?: string | undefined },
): Promise<void> {
  if (migrations !== undefined) await applyMigrations(url, migrations);
  if (sql === undefined) return;
  await using database = await connect(url);
  await database.client.query(sql);
}

/** All that is in the tables. */
export async function readContent(url: string): Promise<TestContent> {
  await using database = await connect(url);
  const { client } = database;
  const { rows: tables } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('millrace', 'drizzle', 'information_schema')
       AND n.nspname !~ '^pg_' ORDER BY 1, 2`,
  );
  const rows: Record<string, TestRow[]> = {};
  for (const { schema, name } of tables) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    // A row can not be compared where it holds json.
    const read = (order: string) => client.query<TestRow>(`SELECT * FROM ${table} AS t ORDER BY ${order}`);
    const found = await read("t").catch(() => read("t::text"));
    rows[schema === "public" ? name : `${schema}.${name}`] = found.rows;
  }
  const { rows: state } = await client.query("SELECT to_regclass('millrace.dead_letters') IS NOT NULL AS there");
  if (state[0]!["there"] !== true) return { rows, deadLetters: [] };
  const { rows: deadLetters } = await client.query<TestDeadLetter>(
    `SELECT partition, code, reason, field, record, source, line::int AS line FROM millrace.dead_letters
     WHERE status = 'open' ORDER BY partition, line NULLS LAST, byte_offset, record::text, id`,
  );
  return { rows, deadLetters };
}

const { builtins } = pg.types;
const AS_THEMSELVES = new Set<number>([
  builtins.BOOL,
  builtins.INT2,
  builtins.INT4,
  builtins.FLOAT4,
  builtins.FLOAT8,
  builtins.JSON,
  builtins.JSONB,
]);

async function connect(url: string) {
  const client = new pg.Client({
    connectionString: url,
    options: "-c timezone=UTC",
    types: {
      getTypeParser: ((type: number, format: "text") =>
        AS_THEMSELVES.has(type) ? pg.types.getTypeParser(type, format) : String) as typeof pg.types.getTypeParser,
    },
  });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

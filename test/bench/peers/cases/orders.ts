import { join } from "node:path";
import type { Bench } from "../bench.ts";
import { ORDERS_CONTENT } from "../content.ts";
import type { Contender, PeerCase } from "../contender.ts";
import { scripts } from "../scripts.ts";
import { ORDERS_BY_DAY } from "../tables.ts";
import { OrderContenders } from "./order-contenders.ts";

const content = ORDERS_CONTENT;
const BATCHES = "pandas + SQLAlchemy, ON CONFLICT of 1,000 rows";
const HASHED = { hashed: true } as const;
const KEYED = ["--mode", "incremental", "--primary-key", "id"] as const;

/** Rows that are new, into a table with a primary key: nothing to merge with. */
export async function appendCase(bench: Bench): Promise<PeerCase> {
  const by = new OrderContenders(bench, { name: "append", file: await bench.files.clean() });
  return {
    name: "append",
    about: "append to an empty table that has a primary key",
    rows: bench.rows,
    content,
    contenders: [
      by.psql("\\copy", scripts.copy),
      by.millrace("append, typed columns", "append"),
      by.dlt("arrow", "append"),
      by.dlt("normal", "append"),
      ...by.sling("--mode", "snapshot"),
      by.python("psycopg", "psycopg, COPY"),
      by.python("polars", "polars + ADBC"),
      by.python("pandas", "pandas to_sql"),
      by.drizzle(),
    ],
  };
}

export async function upsertCase(bench: Bench): Promise<PeerCase> {
  const by = new OrderContenders(bench, { name: "upsert", file: await bench.files.clean() });
  return {
    name: "upsert",
    about: "upsert by primary key into an empty table",
    rows: bench.rows,
    content,
    contenders: [
      by.psql("\\copy + merge", scripts.merge),
      by.psql("\\copy alone (no merge)", scripts.copy),
      ...upserts(by),
    ],
  };
}

/** The same file again. */
export async function reloadCase(bench: Bench): Promise<PeerCase> {
  const file = await bench.files.clean();
  const by = new OrderContenders(bench, { name: "reload", file, before: file });
  return {
    name: "reload",
    about: "upsert of an unchanged file into a table that holds it",
    rows: bench.rows,
    content,
    contenders: [
      by.psql("\\copy + merge", scripts.merge),
      by.psql("\\copy + merge of what is distinct", scripts.mergeChanged),
      ...upserts(by),
    ],
  };
}

/** The same file again, a tenth of its rows changed. */
export async function changedCase(bench: Bench): Promise<PeerCase> {
  const by = new OrderContenders(bench, {
    name: "changed",
    file: await bench.files.changed(),
    before: await bench.files.clean(),
  });
  return {
    name: "changed",
    about: "upsert of a file of which a tenth has changed",
    rows: bench.rows,
    content,
    contenders: [
      by.psql("\\copy + merge", scripts.merge),
      by.psql("\\copy + merge of what is distinct", scripts.mergeChanged),
      ...upserts(by),
    ],
  };
}

const upserts = (by: OrderContenders): Contender[] => [
  by.millrace("typed columns", "upsert"),
  by.millrace("typed columns, row hash", "upsert_hashed", HASHED),
  by.millrace("zod and transform", "upsert_zod"),
  by.millrace("zod, transform, row hash", "upsert_everything", HASHED),
  by.dlt("arrow", "merge"),
  by.dlt("arrow", "upsert"),
  by.dlt("normal", "merge"),
  by.dlt("normal", "upsert"),
  ...by.sling(...KEYED),
  by.python("psycopg", "psycopg, COPY + merge", "upsert"),
  by.python("polars", "polars + ADBC + merge", "upsert"),
  by.python("pandas", BATCHES, "upsert"),
  by.drizzle("upsert"),
];

/** A day of a year comes again, corrected. */
export async function dayCase(bench: Bench): Promise<PeerCase> {
  const folder = await bench.files.day();
  const by = new OrderContenders(bench, {
    name: "day",
    file: join(folder, "2024-06-15.csv"),
    before: await bench.files.year(),
    ddl: ORDERS_BY_DAY,
  });
  return {
    name: "day",
    about: `delete-insert of one day (${bench.files.dayRows.toLocaleString("en")} rows) of a year of ${bench.rows.toLocaleString("en")}`,
    rows: bench.files.dayRows,
    content,
    contenders: [
      by.psql("DELETE + \\copy", scripts.day),
      by.millrace("deleteInsert, typed columns", "day", {
        partition: "2024-06-15",
        env: { BENCH_DAYS: folder },
      }),
      by.dlt("arrow", "day", "merge by day"),
      by.dlt("normal", "day", "merge by day"),
      by.python("psycopg", "psycopg, DELETE + COPY"),
      by.python("polars", "polars + ADBC, DELETE + insert"),
      by.python("pandas", "pandas, DELETE + to_sql"),
      by.drizzle(),
    ],
  };
}

/** The whole table anew, a tenth of whose rows have changed. */
export async function refreshCase(bench: Bench): Promise<PeerCase> {
  const by = new OrderContenders(bench, {
    name: "refresh",
    file: await bench.files.changed(),
    before: await bench.files.clean(),
  });
  return {
    name: "refresh",
    about: "full refresh of a table of which a tenth has changed",
    rows: bench.rows,
    content,
    contenders: [
      by.psql("TRUNCATE + \\copy (readers wait)", scripts.truncate),
      by.psql("DELETE + \\copy", scripts.delete),
      by.millrace("replace, swap", "refresh_swap"),
      by.millrace("replace in place", "refresh"),
      by.dlt("arrow", "refresh", "replace"),
      by.dlt("normal", "refresh", "replace"),
      ...by.sling("--mode", "truncate"),
      by.python("psycopg", "psycopg, TRUNCATE + COPY"),
      by.python("polars", "polars + ADBC, TRUNCATE + insert"),
      by.python("pandas", "pandas, DELETE + to_sql"),
      by.drizzle(),
    ],
  };
}

import {
  append,
  ascending,
  defineOperator,
  postgresTable,
  tableRecord,
  watermark,
  type LoadStrategy,
  type Operator,
  type PostgresTableOptions,
} from "@millrace/sdk";
import { bigint, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { expect } from "vitest";
import type { TwoDatabases } from "./two-servers.ts";

/** A table that rows are added to at the source, and operators that read what is new. */
export const events = pgTable("events", {
  id: bigint("id", { mode: "bigint" }).notNull(),
  changedAt: timestamp("changed_at", { withTimezone: true, mode: "string" }).notNull(),
  name: text("name"),
});
export const SOURCE = `CREATE TABLE events (id bigint PRIMARY KEY, changed_at timestamptz NOT NULL DEFAULT now(), name text);
CREATE INDEX ON events (changed_at, id)`;
export const TARGET = "CREATE TABLE events (id bigint NOT NULL, changed_at timestamptz NOT NULL, name text)";
/** Without a unique index, so that what is appended twice shows. */
export const UNIQUE = "CREATE UNIQUE INDEX ON events (id)";

export const NO_LAG: PostgresTableOptions = { watermark: watermark("changed_at", { lag: "0" }) };
export const LAG: PostgresTableOptions = { watermark: watermark("changed_at", { lag: "1 hour" }) };
export const BY_NUMBER: PostgresTableOptions = { watermark: ascending("id") };

export function eventsOperator(
  databases: Pick<TwoDatabases, "sourceUrl">,
  options: PostgresTableOptions,
  load: LoadStrategy<"events"> = append(),
): Operator {
  return defineOperator({
    name: "events",
    extract: () => postgresTable(databases.sourceUrl, "events", options),
    record: tableRecord(events),
    target: events,
    load,
    chunks: { maxRows: 5000 },
  });
}

const CONTENT =
  "SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids, md5(string_agg(e::text, ',' ORDER BY id)) AS sum FROM events e";

export async function expectSame({ source, target }: TwoDatabases, n: number): Promise<void> {
  const [given] = await source.unsafe(CONTENT);
  expect(given).toMatchObject({ n });
  expect((await target.unsafe(CONTENT))[0]).toEqual(given);
}

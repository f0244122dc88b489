import {
  append,
  applyChanges,
  changeFields,
  changesOf,
  defineOperator,
  jsonl,
  postgresTable,
  tableRecord,
  upsert,
  type Operator,
} from "@millrace/sdk";
import { bigint, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { z } from "zod";
import { orders } from "../load/tables.ts";

const config = z.object({ file: z.string() });
const source = () => postgresTable("SOURCE_URL", "orders");

const customers = pgTable("customers", {
  id: bigint("id", { mode: "number" }).primaryKey(),
  name: text("name"),
  email: text("email"),
  changedAt: timestamp("changed_at", { withTimezone: true, mode: "string" }),
  sequence: bigint("sequence", { mode: "number" }),
});
const changes = applyChanges({ key: customers.id, sequence: customers.sequence });
const toChange = changesOf(customers, changes);

/** What is measured, by name. */
export const operators = {
  append: defineOperator({
    name: "copied",
    config,
    extract: source,
    record: tableRecord(orders),
    target: orders,
    load: append(),
  }),
  upsert: defineOperator({
    name: "merged",
    config,
    extract: source,
    record: tableRecord(orders),
    target: orders,
    load: upsert({ key: orders.id }),
  }),
  transformed: defineOperator({
    name: "transformed",
    config,
    extract: source,
    record: tableRecord(orders),
    transform: (order) => order,
    target: orders,
    load: append(),
  }),
  changes: defineOperator({
    name: "changed",
    config,
    extract: ({ config: { file } }) => jsonl(file),
    transform: (record) => toChange(changeFields(record)),
    target: customers,
    load: changes,
  }),
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof operators;

export const CUSTOMERS = `DROP TABLE IF EXISTS customers;
  DO $$ BEGIN TRUNCATE millrace.tombstones; EXCEPTION WHEN undefined_table OR invalid_schema_name THEN NULL; END $$;
  CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text, changed_at timestamptz, sequence bigint); CHECKPOINT`;

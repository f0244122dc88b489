import {
  append,
  applyChanges,
  csv,
  daily,
  defineOperator,
  deleteInsert,
  multi,
  notNull,
  query,
  staticPartitions,
  replace,
  target,
  text,
  upsert,
} from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { bigint, date, integer, pgTable, text as textColumn, timestamp } from "drizzle-orm/pg-core";
import { z } from "zod";

// Compiled, never run: each @ts-expect-error is a guarantee, and the compiler complains when it is gone.

const orders = pgTable("orders", {
  id: integer("id").primaryKey(),
  day: date("day").notNull(),
  note: textColumn("note"),
});
const others = pgTable("others", { id: integer("id").primaryKey(), day: date("day").notNull() });

const extract = () => csv("orders.csv");
const record = z.object({ id: text.integer(), day: z.string(), note: z.string().nullable() });
const base = { name: "orders", extract, record, target: orders } as const;

// Records that are rows need no transform; others do, and what it returns is checked.
defineOperator({ ...base, load: append() });
// @ts-expect-error a record without "day" is no row of orders
defineOperator({ ...base, record: z.object({ id: text.integer() }), load: append() });
// @ts-expect-error the fields of a CSV record are text: without a schema they are no row
defineOperator({ name: "orders", extract, target: orders, load: append() });
defineOperator({ ...base, load: append(), transform: (order) => ({ id: order.id, day: order.day }) });
// @ts-expect-error "day" is missing
defineOperator({ ...base, load: append(), transform: (order) => ({ id: order.id }) });
// @ts-expect-error "id" is a number in orders
defineOperator({ ...base, load: append(), transform: (order) => ({ id: order.day, day: order.day }) });
// @ts-expect-error the record has no such field
defineOperator({ ...base, load: append(), transform: (order) => ({ id: order.number, day: order.day }) });
// null leaves a record out, reject puts it aside.
defineOperator({
  ...base,
  load: append(),
  transform: (order, { reject }) => (order.id < 0 ? reject("negative id") : order.id === 0 ? null : order),
});

// A strategy belongs to its table.
defineOperator({ ...base, load: upsert({ key: orders.id }) });
defineOperator({ ...base, load: upsert({ key: [orders.id, orders.day] }) });
// @ts-expect-error the key is a column of another table
defineOperator({ ...base, load: upsert({ key: others.id }) });
// @ts-expect-error an upsert without a key
defineOperator({ ...base, load: upsert() });
// @ts-expect-error an upsert with an empty key
defineOperator({ ...base, load: upsert({ key: [] }) });
const days = daily({ start: "2013-01-01" });
// @ts-expect-error the partition column is of another table
defineOperator({ ...base, partitions: days, load: deleteInsert({ partitionBy: others.day }) });
// @ts-expect-error the checked column is of another table
defineOperator({ ...base, load: append(), checks: [notNull(others.day)] });

// With applyChanges the transform returns changes: whole rows with their sequence, or what is deleted.
const customers = pgTable("customers", {
  region: textColumn().notNull(),
  id: integer("id").notNull(),
  name: textColumn("name").notNull(),
  lsn: bigint("last_lsn", { mode: "bigint" }),
  deletedAt: timestamp("deleted_at", { mode: "string" }),
});
const captured = z.object({
  op: z.enum(["insert", "update"]),
  region: z.string(),
  id: text.integer(),
  name: z.string(),
  lsn: text.bigint(),
});
const changes = { name: "customers", extract, record: captured, target: customers } as const;
const load = applyChanges({
  key: [customers.region, customers.id],
  sequence: customers.lsn,
  softDelete: customers.deletedAt,
});
defineOperator({ ...changes, load, transform: ({ op, ...row }) => ({ operation: op, row }) });
defineOperator({
  ...changes,
  load,
  transform: ({ op, ...row }) => ({ operation: op, row, previousKey: { region: "north", id: 1 } }),
});
defineOperator({
  ...changes,
  load,
  transform: ({ region, id, lsn }, { reject }) =>
    id < 0 ? reject("negative id") : id === 0 ? null : { operation: "delete", row: { region, id, lsn } },
});
defineOperator({
  ...changes,
  load,
  transform: ({ region, id, lsn }) => ({
    operation: "delete",
    row: { region, id, lsn, deletedAt: "2024-01-01T00:00:00" },
  }),
});
// @ts-expect-error a row is no change
defineOperator({ ...changes, load, transform: ({ region, id, name, lsn }) => ({ region, id, name, lsn }) });
// @ts-expect-error without a transform, records would have to be changes
defineOperator({ ...changes, load });
// @ts-expect-error no such operation
defineOperator({ ...changes, load, transform: (row) => ({ operation: "vacuum", row }) });
defineOperator({
  ...changes,
  load,
  // @ts-expect-error a written row is given whole
  transform: ({ op, region, id, lsn }) => ({ operation: op, row: { region, id, lsn } }),
});
defineOperator({
  ...changes,
  load,
  // @ts-expect-error a row without its sequence, though its column takes null
  transform: ({ op, region, id, name }) => ({ operation: op, row: { region, id, name } }),
});
// @ts-expect-error a deletion without its sequence
defineOperator({ ...changes, load, transform: ({ region, id }) => ({ operation: "delete", row: { region, id } }) });
// @ts-expect-error a deletion without its whole key
defineOperator({ ...changes, load, transform: ({ id, lsn }) => ({ operation: "delete", row: { id, lsn } }) });
// @ts-expect-error half of a previous key
defineOperator({ ...changes, load, transform: ({ op, ...row }) => ({ operation: op, row, previousKey: { id: 1 } }) });
// @ts-expect-error a change where rows are loaded
defineOperator({ ...changes, load: append(), transform: ({ op, ...row }) => ({ operation: op, row }) });
// @ts-expect-error no key
applyChanges({ sequence: customers.lsn });
// @ts-expect-error an empty key
applyChanges({ key: [], sequence: customers.lsn });
// @ts-expect-error no sequence
applyChanges({ key: customers.id });
const otherSequence = applyChanges({ key: customers.id, sequence: others.id });
// @ts-expect-error the sequence is a column of another table
defineOperator({ ...changes, load: otherSequence, transform: ({ op, ...row }) => ({ operation: op, row }) });
const otherMark = applyChanges({ key: customers.id, sequence: customers.lsn, softDelete: others.day });
// @ts-expect-error the mark is a column of another table
defineOperator({ ...changes, load: otherMark, transform: ({ op, ...row }) => ({ operation: op, row }) });

// The partition is there where it is declared, and only there.
defineOperator({
  ...base,
  load: append(),
  partitions: daily({ start: "2013-01-01" }),
  extract: ({ partition }) => csv(`${partition.start}.csv`),
});
// @ts-expect-error there is no partition without `partitions`
defineOperator({ ...base, load: append(), extract: ({ partition }) => csv(`${partition.key}.csv`) });

// The config is what its schema makes of it.
defineOperator({
  ...base,
  load: append(),
  config: z.object({ file: z.string() }),
  extract: ({ config }) => csv(config.file),
});
defineOperator({
  ...base,
  load: append(),
  config: z.object({ file: z.string() }),
  // @ts-expect-error no such field in the config
  extract: ({ config }) => csv(config.path),
});

// Rows that the database makes need no transform.
defineOperator({ name: "totals", extract: () => query(sql`SELECT 1 AS id`), target: others, load: append() });

// A partition of two dimensions has the keys of both by name, static ones as the texts they are.
const regions = multi({ date: days, region: staticPartitions(["eu", "us"]) });
defineOperator({
  ...base,
  partitions: regions,
  load: append(),
  extract: ({ partition }) => {
    const region: "eu" | "us" = partition.keys.region;
    const start: string = partition.dimensions.date.start;
    // @ts-expect-error there is no such dimension
    void partition.keys.country;
    // @ts-expect-error a region has no window
    void partition.dimensions.region.start;
    return csv(`${start}/${region}.csv`);
  },
});
// @ts-expect-error no way to schedule
defineOperator({ ...base, load: append(), automation: "sometimes" });
// The other form does its work itself; rows are held against the table they are written to.
const both = [target(orders, upsert({ key: orders.id })), target(customers, load)] as const;
defineOperator({
  name: "both",
  targets: both,
  partitions: daily({ start: "2013-01-01" }),
  run: async ({ partition, checkpoint, commit }) => {
    await commit(async (chunk) => {
      await chunk.write(orders, [{ id: 1, day: partition.key }]);
      // @ts-expect-error "day" is missing
      await chunk.write(orders, [{ id: 1 }]);
      await chunk.write(customers, [{ operation: "delete", row: { region: "north", id: 1, lsn: 1n } }]);
      // @ts-expect-error a row is no change
      await chunk.write(customers, [{ region: "north", id: 1, name: "a", lsn: 1n }]);
      // @ts-expect-error a table that is no target
      await chunk.write(others, [{ id: 1, day: "2013-01-01" }]);
      chunk.checkpoint({ from: checkpoint, to: 7 });
      // @ts-expect-error a Date is not JSON
      chunk.checkpoint(new Date());
    });
  },
});
// @ts-expect-error the key is a column of another table
target(orders, upsert({ key: others.id }));
// @ts-expect-error replaces all rows at once, and a chunk has only some
target(orders, replace());
// @ts-expect-error no partitions, no partition
defineOperator({ name: "none", run: async ({ partition }) => void partition });

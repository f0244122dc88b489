import {
  append,
  applyChanges,
  csv,
  defineOperator,
  deleteInsert,
  replace,
  staticPartitions,
  tableRecord,
  text,
  upsert,
} from "@millrace/sdk";
import { z } from "zod";
import { config, orderRecord, orderRow } from "./order-record.ts";
import { customers, hashedOrders, orders } from "./tables.ts";

const extract = ({ config: { file } }: { readonly config: { readonly file: string } }) => csv(file);
const rejects = { maxRatio: 1 };
const base = { name: "orders", config, extract, rejects } as const;

/** Typed columns: rows stay bytes. */
const typed = { ...base, record: tableRecord(orders), target: orders } as const;
const hashed = { ...base, record: tableRecord(hashedOrders), target: hashedOrders } as const;

const event = z.object({
  operation: z.enum(["insert", "update", "delete"]),
  id: text.integer(),
  sequence: text.integer(),
  name: z.string(),
  amount: text.decimal(),
});

/** Changes, so many at a time. */
const changes = (maxRows: number) =>
  defineOperator({
    ...base,
    name: "customers",
    record: event,
    transform: ({ operation, ...row }) => ({ operation, row }),
    target: customers,
    load: applyChanges({ key: customers.id, sequence: customers.sequence }),
    chunks: { maxRows },
  });

export const operators = {
  changes: changes(100_000),
  "changes in small chunks": changes(7000),
  append: defineOperator({ ...typed, load: append() }),
  replace: defineOperator({ ...typed, load: replace() }),
  "delete-insert": defineOperator({
    ...typed,
    partitions: staticPartitions(["new"]),
    load: deleteInsert({ partitionBy: orders.status }),
  }),
  upsert: defineOperator({ ...hashed, load: upsert({ key: hashedOrders.id, hash: hashedOrders.rowHash }) }),
  transformed: defineOperator({
    ...base,
    record: orderRecord,
    transform: (order, { reject }) =>
      Number(order.amount) < 0 ? reject("negative amount", { field: "amount" }) : orderRow(order),
    target: hashedOrders,
    load: upsert({ key: hashedOrders.id, hash: hashedOrders.rowHash }),
  }),
} as const;

export type OperatorName = keyof typeof operators;

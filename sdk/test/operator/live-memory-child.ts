import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, numeric, pgTable, text } from "drizzle-orm/pg-core";

// Loads a file and prints how much memory was live, early and late: `live-memory-child.ts DATABASE_URL FILE OPERATOR`, with --expose-gc.
const [, , databaseUrl = "", file = "", name = ""] = process.argv;

const orders = pgTable("orders", {
  id: integer("id").notNull(),
  amount: numeric("amount").notNull(),
  note: text("note"),
  rowHash: text("row_hash"),
});

const base = {
  name: "orders",
  extract: () => csv(file),
  record: tableRecord(orders),
  target: orders,
  load: upsert({ key: orders.id, hash: orders.rowHash }),
  rejects: { maxRatio: 1 },
  chunks: { maxRows: 2000 },
} as const;

const operators = { bytes: defineOperator(base), objects: defineOperator({ ...base, transform: (row) => row }) };

const live: number[] = [];
let looking: NodeJS.Timeout | undefined;
/** The collector has a quarter of the time at most, however slow the machine is. */
function look(): void {
  const began = performance.now();
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  live.push(heapUsed + arrayBuffers);
  looking = setTimeout(look, 3 * (performance.now() - began));
}
look();
const { materializations } = await runOperator(operators[name as keyof typeof operators], { databaseUrl });
clearTimeout(looking);
const between = (from: number, to: number) => {
  const those = live.slice(Math.floor(live.length * from), Math.ceil(live.length * to));
  return those.toSorted((a, b) => a - b)[those.length >> 1];
};
const { inserted, rejected } = materializations[0]!.metadata;
console.log(
  JSON.stringify({ looks: live.length, early: between(0.2, 0.4), late: between(0.8, 1), inserted, rejected }),
);

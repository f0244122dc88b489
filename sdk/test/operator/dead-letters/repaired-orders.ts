import { csv, daily, defineOperator, deleteInsert, text, type LoadStrategy, type LoadOperator } from "@millrace/sdk";
import { z } from "zod";
import { orders, type OrdersDatabase } from "../orders.ts";

export const HEADER = "id,day,amount,note\n";
export const PRIMARY_KEY = ", PRIMARY KEY (id)";

/** Before the fix an amount in euros is no number; after it, it is. */
const amounts = { broken: text.decimal(), fixed: z.string().transform((amount) => amount.replace(" EUR", "")) };

export function repairedOrders(
  version: keyof typeof amounts,
  load: LoadStrategy<"orders">,
  more: Partial<Pick<LoadOperator, "chunks">> = {},
): LoadOperator {
  return defineOperator({
    name: "orders",
    config: z.object({ file: z.string() }),
    extract: ({ config }) => csv(config.file),
    record: z.object({ id: text.integer(), day: text.date(), amount: amounts[version], note: z.string().nullable() }),
    transform: (order, { reject }) =>
      order.note === "skip" ? null : order.note === "bad" ? reject("a bad order", { field: "note" }) : order,
    target: orders,
    load,
    rejects: { maxRatio: 1 },
    ...more,
  });
}

export function repairedDailyOrders(version: keyof typeof amounts): LoadOperator {
  return defineOperator({
    name: "daily_orders",
    partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
    config: z.object({ folder: z.string() }),
    extract: ({ config, partition }) => csv(`${config.folder}/${partition.key}.csv`),
    record: z.object({ id: text.integer(), day: text.date(), amount: amounts[version], note: z.string().nullable() }),
    target: orders,
    load: deleteInsert({ partitionBy: orders.day }),
    rejects: { maxRatio: 1 },
  });
}

export async function letters(database: OrdersDatabase) {
  return await database.sql`
    SELECT status, code, line::int, replayed_at IS NOT NULL AS dated, (SELECT status FROM millrace.runs WHERE runs.id = replayed_run_id) AS run
    FROM millrace.dead_letters ORDER BY line, id`;
}

export const replayed = (line: number) => ({ status: "replayed", code: "SCHEMA", line, dated: true, run: "finished" });
export const open = (line: number, code = "SCHEMA") => ({ status: "open", code, line, dated: false, run: null });

/** Everything that was read and inserted by all runs, loads and replays, and what is open. */
export async function accounts(database: OrdersDatabase) {
  const [row] = await database.sql`
    SELECT sum((counts->>'inserted')::int)::int AS inserted, (SELECT count(*)::int FROM orders) AS rows,
      sum((counts->>'rejected')::int) FILTER (WHERE scheduler_run_id NOT LIKE 'replay:%')::int
        - coalesce(sum((counts->>'read')::int - (counts->>'rejected')::int) FILTER (WHERE scheduler_run_id LIKE 'replay:%'), 0)::int AS left,
      (SELECT count(*)::int FROM millrace.dead_letters WHERE status = 'open') AS open
    FROM millrace.runs`;
  return row;
}

export const FILE = `${HEADER}1,2024-01-01,1,a\n2,2024-01-01,2 EUR,b\n3,2024-01-01,3,c\n4,2024-01-01,4 EUR,"d ""quoted"" é"\n`;
export const ROWS = [
  "1 2024-01-01 1.00 a",
  "2 2024-01-01 2.00 b",
  "3 2024-01-01 3.00 c",
  '4 2024-01-01 4.00 d "quoted" é',
];

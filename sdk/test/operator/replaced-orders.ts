import { writeFile } from "node:fs/promises";
import { csv, defineOperator, replace, tableRecord, type Operator } from "@millrace/sdk";
import { runOperator, type PostgresServer } from "@millrace/sdk/testing";
import { startTestServer } from "./test-server.ts";
import { integer, numeric, pgTable, text } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";
import { z } from "zod";
import { csvFolder } from "./orders.ts";

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

export const orders = pgTable("Orders", {
  id: integer("id").primaryKey(),
  customer: integer("customer"),
  amount: numeric("amount"),
  note: text("note"),
});

export const PLAIN = `CREATE TABLE "Orders" (id int PRIMARY KEY, customer int, amount numeric, note text)`;

export function ordersOperator(swap: boolean): Operator {
  return defineOperator({
    name: "orders",
    config: z.object({ file: z.string() }),
    extract: ({ config }) => csv(config.file),
    record: tableRecord(orders),
    target: orders,
    load: replace({ swap }),
    chunks: { maxRows: 1000 },
  });
}

export interface Orders extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  connect(): Sql;
  /** Loads so many rows, or these lines. */
  load(rows: number | readonly string[], signal?: AbortSignal): Promise<Record<string, unknown>>;
  ids(): Promise<string>;
}

/** A database with a table "Orders"; `current_database_name` in the statements is its name. */
export async function openOrders(statements = PLAIN, { swap = true } = {}): Promise<Orders> {
  server ??= await startTestServer();
  const url = await server.createDatabase(`swap_${(databases += 1)}`);
  const connections: Sql[] = [];
  const connect = () => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    connections.push(sql);
    return sql;
  };
  const sql = connect();
  await sql.unsafe(statements.replaceAll("current_database_name", `swap_${databases}`));
  const folder = await csvFolder({});
  return {
    url,
    sql,
    connect,
    async load(rows, signal) {
      const lines =
        typeof rows === "number"
          ? Array.from({ length: rows }, (_, id) => `${id + 1},${id % 10},${id}.5,note ${id}`)
          : rows;
      await writeFile(`${folder}/a.csv`, `id,customer,amount,note\n${lines.join("\n")}\n`);
      const { materializations } = await runOperator(ordersOperator(swap), {
        databaseUrl: url,
        config: { file: `${folder}/a.csv` },
        ...(signal && { signal }),
      });
      return materializations[0]!.metadata as Record<string, unknown>;
    },
    ids: async () => {
      const [row] = await sql`SELECT count(*)::int AS n, min(id) AS low, max(id) AS high FROM "Orders"`;
      return `${row!["n"]} from ${row!["low"]} to ${row!["high"]}`;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(connections.map((connection) => connection.end({ timeout: 1 })));
    },
  };
}

/** How many tables are left that were to replace another one. */
export async function leftovers(sql: Sql): Promise<number> {
  return (await sql`SELECT 1 FROM pg_class WHERE relkind = 'r' AND relname LIKE 'millrace_swap%'`).length;
}

/** A load that waits at its swap for another session, which holds the table until it is told to go on, with some statements before. */
export async function stopAtSwap(
  { connect, sql, load }: Orders,
  rows: number,
  signal?: AbortSignal,
): Promise<{ readonly done: Promise<unknown>; goOn(statements?: string): Promise<void> }> {
  const holder = await connect().reserve();
  await holder`BEGIN`;
  await holder`SELECT 1 FROM "Orders"`;
  const done = load(rows, signal);
  done.catch(() => {});
  while (
    (
      await sql`SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = current_database() AND mode = 'AccessExclusiveLock' AND NOT granted`
    ).length === 0
  )
    await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    done,
    async goOn(statements = "") {
      await holder.unsafe(statements);
      await holder`COMMIT`;
      holder.release();
    },
  };
}

import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { makeProject } from "../project.ts";

const TABLES = `import { date, integer, pgTable, text } from "drizzle-orm/pg-core";
export const customers = pgTable("customers", { id: integer("id").primaryKey(), name: text("name").notNull() });
export const orders = pgTable("orders", { id: integer("id").notNull(), day: date("day").notNull(), customer: integer("customer").notNull() });
export const totals = pgTable("totals", { day: date("day").primaryKey(), orders: integer("orders").notNull() });
export const visits = pgTable("visits", { id: integer("id").notNull() });
`;
const CUSTOMERS = `import { csv, defineOperator, text, upsert } from "@millrace/sdk";
import { z } from "zod";
import { customers } from "../tables.ts";
export default defineOperator({
  name: "customers",
  config: z.object({ file: z.string().default("data/customers.csv") }),
  extract: ({ config }) => csv(config.file),
  record: z.object({ id: text.integer(), name: z.string().min(1) }),
  target: customers,
  load: upsert({ key: customers.id }),
  rejects: { maxRatio: 1 },
});
`;
const ORDERS = `import { csv, daily, defineOperator, deleteInsert, text } from "@millrace/sdk";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { orders } from "../tables.ts";
export default defineOperator({
  name: "orders",
  dependsOn: ["customers"],
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  config: z.object({ delayMs: z.number().default(0) }),
  extract: async ({ config, partition, signal }) => {
    await setTimeout(config.delayMs, undefined, { signal });
    return csv(\`data/orders/\${partition.key}.csv\`);
  },
  record: z.object({ id: text.integer(), day: z.string(), customer: text.integer() }),
  target: orders,
  load: deleteInsert({ partitionBy: orders.day }),
});
`;
const TOTALS = `import { daily, defineOperator, deleteInsert, query } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { totals } from "../tables.ts";
export default defineOperator({
  name: "totals",
  dependsOn: ["orders"],
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  extract: ({ partition }) => query(sql\`SELECT day, count(*)::int AS orders FROM orders WHERE day = \${partition.key} GROUP BY day\`),
  target: totals,
  load: deleteInsert({ partitionBy: totals.day }),
});
`;
const VISITS = `import { append, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { visits } from "../tables.ts";
export default defineOperator({
  name: "visits",
  extract: () => csv("data/visits.csv"),
  record: z.object({ id: text.integer() }),
  target: visits,
  load: append(),
});
`;

export interface Shop extends AsyncDisposable {
  readonly folder: string;
  readonly sql: Sql;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Runs the command to its end. */
  millrace(...args: readonly string[]): Promise<Ended>;
  /** Starts it. */
  start(...args: readonly string[]): Started;
}

interface Started extends PromiseLike<{ readonly exitCode?: number }> {
  kill(signal: NodeJS.Signals): boolean;
}

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What it printed on stdout, as JSON. */
  readonly json: () => never;
}

export const DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"] as const;

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

/** A project with four operators and the data of four days, and its database. */
export async function openShop(): Promise<Shop> {
  server ??= await startPostgres();
  const url = await server.createDatabase(`shop_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int NOT NULL, day date NOT NULL, customer int NOT NULL);
CREATE TABLE totals (day date PRIMARY KEY, orders int NOT NULL); CREATE TABLE visits (id int NOT NULL)`);
  const project = await makeProject({
    "tables.ts": TABLES,
    "operators/customers.ts": CUSTOMERS,
    "operators/orders.ts": ORDERS,
    "operators/totals.ts": TOTALS,
    "operators/visits.ts": VISITS,
    "data/customers.csv": "id,name\n1,Ada\n2,Grace\n3,\n",
    "data/visits.csv": "id\n1\n2\n",
    ".env": `DATABASE_URL=${url}\n`,
    ...Object.fromEntries(
      DAYS.map((day, index) => [
        `data/orders/${day}.csv`,
        `id,day,customer\n${index},${day},1\n${index + 100},${day},2\n`,
      ]),
    ),
  });
  const main = join(project.folder, "node_modules/@millrace/sdk/src/cli/main.mjs");
  const { DATABASE_URL: _, ...env } = process.env;
  const start = (...args: readonly string[]) =>
    execa(process.execPath, [main, ...args], {
      cwd: project.folder,
      env,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  return {
    folder: project.folder,
    sql,
    start,
    write: project.write,
    read: (path) => readFile(join(project.folder, path), "utf8"),
    millrace: async (...args) => {
      const { exitCode: code, stdout, stderr } = await start(...args);
      return { code, stdout, stderr, json: () => JSON.parse(stdout) as never };
    },
    [Symbol.asyncDispose]: async () => {
      await sql.end();
      await project[Symbol.asyncDispose]();
    },
  };
}

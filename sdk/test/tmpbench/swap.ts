import { writeFile, readFile } from "node:fs/promises";
import { csv, defineOperator, replace, tableRecord } from "@millrace/sdk";
import { runOperator, startPostgres } from "@millrace/sdk/testing";
import { integer, numeric, pgTable, text } from "drizzle-orm/pg-core";
import pg from "pg";
import { from } from "pg-copy-streams";
const N = 500_000;
await using server = await startPostgres();
const orders = pgTable("orders", { id: integer("id").primaryKey(), customer: integer("customer"), amount: numeric("amount"), note: text("note") });
await writeFile("/tmp/orders.csv", "id,customer,amount,note\n" + Array.from({ length: N }, (_, i) => `${i},${i % 1000},${i % 777}.25,this is the note of order number ${i} and it is rather long\n`).join(""));
const op = (swap: boolean) => defineOperator({ name: "o", extract: () => csv("/tmp/orders.csv"), record: tableRecord(orders), target: orders, load: replace({ swap }) });
const url = await server.createDatabase("d");
const c = new pg.Client(url); await c.connect();
await c.query("CREATE TABLE orders (id int PRIMARY KEY, customer int, amount numeric, note text); CREATE TABLE plain (LIKE orders INCLUDING ALL)");
await runOperator(op(false), { databaseUrl: url });
for (let i = 0; i < 3; i++) {
  await c.query("TRUNCATE plain");
  let t = performance.now();
  const data = (await readFile("/tmp/orders.csv"));
  const s = c.query(from("COPY plain FROM STDIN (FORMAT csv, HEADER)"));
  await new Promise((r, j) => { s.on("finish", r); s.on("error", j); s.end(data); });
  console.log("COPY into empty table with key", Math.round(performance.now() - t));
  t = performance.now(); await runOperator(op(true), { databaseUrl: url }); console.log("swap", Math.round(performance.now() - t));
  t = performance.now(); await c.query("UPDATE orders SET amount = amount + 1 WHERE id % 10 = 0"); await runOperator(op(false), { databaseUrl: url }); console.log("in place, a tenth changed", Math.round(performance.now() - t));
}
await c.end();

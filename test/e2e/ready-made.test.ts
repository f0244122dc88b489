import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test } from "vitest";
import { ratesServer, shopProject } from "./ready-made/shop.ts";

const TOKEN = "s3cret";

/** What Dagster has recorded of a run. */
interface Recorded {
  readonly success: boolean;
  /** Metadata by asset. */
  readonly materialized: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Whether it has passed, else its severity; by asset and name. */
  readonly checks: Readonly<Record<string, true | "WARN" | "ERROR">>;
  readonly failed: Readonly<Record<string, string>>;
}

test(
  "each of the ready-made operators, declared in YAML, does its work in one run of Dagster, and what has changed in the next",
  { timeout: 300_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await startPostgres({ settings: { wal_level: "logical", fsync: false } }));
    const open = async (name: string) => {
      const url = await server.createDatabase(name);
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      stack.defer(() => sql.end());
      return {
        url,
        sql,
        lines: async (query: string) => (await sql.unsafe(query)).map((row) => Object.values(row).join(" ")),
      };
    };
    const shop = await open("shop");
    await shop.sql.unsafe(`
      CREATE TABLE orders (id int PRIMARY KEY, customer int, amount numeric(12,2), at timestamptz NOT NULL);
      INSERT INTO orders VALUES (1, 1, 1.10, '2024-01-01'), (2, 1, 2.20, '2024-01-02'), (3, 2, 3.30, '2024-01-03'), (4, 3, 4.40, '2024-01-04');
      CREATE TABLE items (id int PRIMARY KEY, name text); CREATE PUBLICATION items FOR TABLE items;
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n`);
    const warehouse = await open("warehouse");
    await warehouse.sql.unsafe(`
      CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, amount numeric(12,2), at timestamptz NOT NULL);
      CREATE TABLE events (id bigint, kind text); CREATE TABLE products (id int PRIMARY KEY, price numeric(12,2));
      CREATE TABLE rates (currency text PRIMARY KEY, rate numeric); CREATE TABLE stock (id int PRIMARY KEY, pieces int, lsn bigint);
      CREATE TABLE items (id int PRIMARY KEY, name text, lsn pg_lsn); CREATE TABLE totals (customer int PRIMARY KEY, orders bigint, amount numeric);
      CREATE TABLE summary (title text, customers bigint, orders bigint)`);
    const api = stack.use(await ratesServer(TOKEN));
    for (const [currency, rate] of [
      ["CHF", "0.95"],
      ["EUR", "1"],
      ["USD", "1.0812345678901234567"],
    ] as const)
      api.rates.set(currency, rate);
    const project = stack.use(await shopProject(api.url));
    await project.write("data/customers.csv", "id,name\n1,Ada\n2,Bob\nthree,Cy\n");
    await project.write(
      "data/events.jsonl",
      '{"id":9007199254740993,"kind":"seen"}\nno json\n{"id":2,"kind":"bought"}\n',
    );
    await project.writeParquet(
      "data/products.parquet",
      "SELECT n::int AS id, (n * 1.5)::decimal(12,2) AS price FROM range(1, 11) t(n)",
    );
    const change = (op: string, id: number, pieces: number, lsn: number) => {
      const row = JSON.stringify({ id, pieces });
      return `{"op":"${op}","before":${op === "d" ? row : null},"after":${op === "d" ? null : row},"source":{"lsn":${lsn}}}\n`;
    };
    const changes = [change("c", 1, 5, 10), change("c", 2, 7, 11), change("u", 1, 4, 12), change("d", 2, 0, 13)];
    await project.write("data/stock.jsonl", changes.join(""));
    await project.write(
      "sql/summary.sql",
      "DELETE FROM summary;\nINSERT INTO summary SELECT :title, count(*), sum(orders) FROM totals;\n",
    );

    const reference = await readFile(join(import.meta.dirname, "../../docs/operators.md"), "utf8");
    const known = [...reference.matchAll(/^\| `(\w+)` \| `\w+` \|$/gm)].map(([, name]) => name);
    const declared = await readFile(join(project.folder, "operators.yaml"), "utf8");
    expect([...declared.matchAll(/^ {4}operator: (\w+)$/gm)].map(([, name]) => name).toSorted()).toEqual(
      known.toSorted(),
    );

    const { bin } = await ensurePython();
    const dagster = execa(bin("python"), [join(project.folder, "run.py"), project.folder], {
      env: {
        DAGSTER_HOME: join(project.folder, "dagster-home"),
        MILLRACE_NODE: process.execPath,
        DATABASE_URL: warehouse.url,
        SHOP_URL: shop.url,
        RATES_TOKEN: TOKEN,
        PYTHONWARNINGS: "ignore",
      },
      reject: false,
    });
    stack.defer(async () => {
      dagster.kill();
      await dagster;
    });
    const answers = dagster.iterable({ from: "stdout" })[Symbol.asyncIterator]();
    const run = async (): Promise<Recorded> => {
      dagster.stdin.write("\n");
      const { done, value } = await answers.next();
      if (done === true) throw new Error(`Dagster has ended: ${(await dagster).stderr.slice(-4000)}`);
      return JSON.parse(value as string) as Recorded;
    };

    const first = await run();
    expect(first.failed).toEqual({});
    expect(first.success).toBe(true);
    expect(first.materialized).toMatchObject({
      customers: { read: 3, inserted: 2, rejected: 1, "dagster/row_count": 2 },
      events: { read: 3, inserted: 2, rejected: 1 },
      products: { read: 10, inserted: 10, rejected: 0 },
      orders: { read: 4, inserted: 3, rejected: 1 },
      rates: { read: 3, inserted: 3, rejected: 0 },
      stock: { read: 4, inserted: 1, rejected: 0 },
      items: { read: 100, inserted: 100 },
      letters: { letters: 3 },
      orders_replayed: { operator: "orders", replayed: 0, rejected: 1 },
      totals: { inserted: 2 },
      summary: { statements: 2, rows: 1 },
      report: { lines: 1, exit_code: 0 },
    });
    expect(first.checks).toEqual({
      "customers.unique_name": true,
      "totals_checked.references_customer": true,
      "totals_checked.row_count": "WARN",
    });
    expect(await warehouse.lines("SELECT * FROM totals ORDER BY 1")).toEqual(["1 2 3.30", "2 1 3.30"]);
    expect(
      await warehouse.lines("SELECT operator, code FROM millrace.dead_letters WHERE status = 'open' ORDER BY 1"),
    ).toEqual(["customers SCHEMA", "events JSON_SYNTAX", "orders FOREIGN_KEY"]);

    // What was wrong is mended, and everything else goes on.
    await project.write("data/customers.csv", "id,name\n1,Ada\n2,Bobby\n3,Cy\n");
    await project.writeParquet(
      "data/products.parquet",
      "SELECT n::int AS id, (n * 2)::decimal(12,2) AS price FROM range(1, 9) t(n)",
    );
    await project.write("data/stock.jsonl", [...changes, change("u", 1, 3, 14), change("u", 2, 9, 9)].join(""));
    await shop.sql.unsafe(`
      UPDATE orders SET amount = 2.50, at = '2024-02-01' WHERE id = 2; INSERT INTO orders VALUES (5, 2, 5.50, '2024-02-02');
      UPDATE items SET name = 'changed' WHERE id = 1; DELETE FROM items WHERE id = 2; INSERT INTO items VALUES (101, 'new')`);
    api.rates.set("CHF", "0.96").set("SEK", "11.5");

    const second = await run();
    expect(second.failed).toEqual({});
    expect(second.success).toBe(true);
    expect(second.materialized).toMatchObject({
      customers: { read: 3, inserted: 1, updated: 1, unchanged: 1, rejected: 0 },
      events: { read: 0, inserted: 0, start: "already-loaded" },
      products: { read: 8, updated: 8, removed: 2 },
      rates: { read: 4, inserted: 1, updated: 1, unchanged: 2 },
      items: { read: 3, inserted: 1, updated: 1, deleted: 1 },
      letters: { letters: 2 },
      orders_replayed: { replayed: 1, rejected: 0 },
      totals: { inserted: 1, updated: 2 },
      summary: { statements: 2, rows: 2 },
    });
    expect(second.checks).toEqual({
      "customers.unique_name": true,
      "totals_checked.references_customer": true,
      "totals_checked.row_count": true,
    });
    expect(await warehouse.lines("SELECT id, customer, amount FROM orders ORDER BY id")).toEqual([
      "1 1 1.10",
      "2 1 2.50",
      "3 2 3.30",
      "4 3 4.40",
      "5 2 5.50",
    ]);
    expect(await warehouse.lines("SELECT * FROM totals ORDER BY 1")).toEqual(["1 2 3.60", "2 2 8.80", "3 1 4.40"]);
    expect(await warehouse.lines("SELECT * FROM summary")).toEqual(["all of it 3 5"]);
    expect(await warehouse.lines("SELECT * FROM events ORDER BY id")).toEqual(["2 bought", "9007199254740993 seen"]);
    expect(await warehouse.lines("SELECT count(*), sum(price) FROM products")).toEqual(["8 72.00"]);
    expect(await warehouse.lines("SELECT * FROM rates ORDER BY 1")).toEqual([
      "CHF 0.96",
      "EUR 1",
      "SEK 11.5",
      "USD 1.0812345678901234567",
    ]);
    expect(await warehouse.lines("SELECT id, pieces FROM stock")).toEqual(["1 3"]);
    expect(await warehouse.lines("SELECT id, name FROM items ORDER BY id")).toEqual(
      await shop.lines("SELECT id, name FROM items ORDER BY id"),
    );
    expect(await warehouse.lines("SELECT operator, status FROM millrace.dead_letters ORDER BY 1")).toEqual([
      "customers superseded",
      "events open",
      "orders replayed",
    ]);
    const exported = (await readdir(join(project.folder, "letters"))).toSorted();
    expect(await Promise.all(exported.map((name) => project.countParquet(`letters/${name}`)))).toEqual([3, 2]);
    expect(await readFile(join(project.folder, "report.txt"), "utf8")).toContain("customers.csv");
  },
);

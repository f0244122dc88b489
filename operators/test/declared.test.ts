import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { declaredProject } from "./declared-project.ts";
import { stopServer, testDatabase } from "./database.ts";

afterAll(stopServer);

const ORDERS = `operators:
  - name: orders
    operator: csv_to_table
    description: Orders, one day a partition.
    group: sales
    owners: [team:sales]
    tags: { tier: gold }
    dependsOn: [customers]
    partitions: { kind: daily, start: 2024-01-01, end: 2024-02-01, timeZone: Europe/Berlin }
    retry: { maxRetries: 2, delaySeconds: 10 }
    pool: warehouse
    config:
      path: data/{partition}.csv.gz
      table: sales."Orders"
      load: delete_insert
      partitionBy: day
      nullText: NA
      fields: { day: date }
`;

test("a declared operator runs as a written one does, from a bundle the second time, and its manifest says all of it", async () => {
  await using database = await testDatabase(
    `CREATE SCHEMA sales; CREATE TABLE sales."Orders" (id bigint PRIMARY KEY, day date NOT NULL, amount numeric(12,2), "Note" varchar(5), at timestamptz(3) DEFAULT now(), twice bigint GENERATED ALWAYS AS (id * 2) STORED)`,
  );
  const csv = gzipSync(
    "id,date,amount,Note\n9007199254740993,2024-01-02,1234567890.12,NA\n2,2024-01-02,NA,toolong\n3,2024-01-02,x,a\n",
  );
  await using project = await declaredProject({ "operators.yaml": ORDERS, "data/2024-01-02.csv.gz": csv });

  const { stdout, stderr } = await project.millrace(["manifest"]);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout).operators).toEqual([
    {
      name: "orders",
      assetKey: ["orders"],
      description: "Orders, one day a partition.",
      group: "sales",
      kinds: ["typescript", "postgres"],
      owners: ["team:sales"],
      tags: { tier: "gold" },
      file: "operators.yaml",
      codeVersion: expect.stringMatching(/^[\da-f]{16}$/),
      partitions: { kind: "daily", start: "2024-01-01", end: "2024-02-01", timeZone: "Europe/Berlin" },
      dependsOn: ["customers"],
      configSchema: expect.objectContaining({
        properties: { path: expect.objectContaining({ default: "data/{partition}.csv.gz" }) },
      }),
      checks: [],
      target: { table: "sales.Orders", columns: [] },
      load: { strategy: "delete-insert" },
      lineage: [],
      retry: { maxRetries: 2, delaySeconds: 10, backoff: null, jitter: null },
      pool: "warehouse",
      automation: null,
      freshness: null,
    },
  ]);

  const run = async () =>
    await project.millrace(["exec", "orders", "--partition", "2024-01-02"], { DATABASE_URL: database.url });
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining("[TOO_MANY_REJECTS]") });
  await project.write("operators.yaml", `${ORDERS.replace("pool:", "rejects: { maxRatio: 0.7 }\n    pool:")}`);
  for (const _ of ["from its sources", "from its bundle"]) {
    expect(await run()).toMatchObject({ code: 0, stderr: expect.not.stringContaining("BUNDLE") });
    expect(await database.lines(`SELECT id, day::text, amount, "Note", twice FROM sales."Orders"`)).toEqual([
      "9007199254740993 2024-01-02 1234567890.12 null 18014398509481986",
    ]);
    expect(
      await database.lines("SELECT field, line FROM millrace.dead_letters WHERE status = 'open' ORDER BY line"),
    ).toEqual(["Note 3", "amount 4"]);
  }
  expect(
    (await readdir(join(project.folder, ".millrace/bundles"))).filter((name) => name.endsWith(".cjs")).length,
  ).toBe(1);

  // Another declaration is another bundle.
  await project.write("operators.yaml", ORDERS.replace("data/{partition}", "data/{year}/{month}"));
  expect(await run()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`There is no file ${project.folder}/data/2024/01.csv.gz`),
  });
});

test("a table is created where it is not there, and a missing one or a missing column is said", async () => {
  await using database = await testDatabase();
  const yaml = (table: string, create: boolean) => `operators:
  - name: prices
    operator: csv_to_table
    config:
      path: prices.csv
      table: ${table}
      load: upsert
      key: [sku]
      createTable: ${create}
      columns:
        sku: text not null
        price: numeric(10,4)
        tags: text[]
`;
  await using project = await declaredProject({
    "operators.yaml": yaml("prices", true),
    "prices.csv": 'sku,price,tags\na,1.50,"{x,y}"\nb,,\n',
  });
  const run = async () => await project.millrace(["exec", "prices"], { DATABASE_URL: database.url });
  const both = await Promise.all([run(), run()]);
  expect(
    both
      .map(({ code, stderr }) => (code === 0 ? 0 : stderr))
      .filter((code) => code !== 0)
      .filter((said) => !String(said).includes("FENCED")),
  ).toEqual([]);
  expect(await database.lines("SELECT * FROM prices ORDER BY sku")).toEqual(["a 1.5000 x,y", "b null null"]);
  expect(JSON.parse((await project.millrace(["manifest"])).stdout).operators[0].target).toEqual({
    table: "public.prices",
    columns: [
      { name: "sku", type: "text", nullable: false },
      { name: "price", type: "numeric(10, 4)", nullable: true },
      { name: "tags", type: "text[]", nullable: true },
    ],
  });

  await project.write("operators.yaml", yaml("pricelist", false));
  expect((await run()).stderr).toContain("[TABLE_MISSING] There is no table public.pricelist in the database.");
  await project.write("operators.yaml", yaml("prices", true).replace("[sku]", "[skuu]"));
  expect((await run()).stderr).toContain(
    '[COLUMN_MISSING] The table prices has no column "skuu"; it has sku, price, tags.',
  );
  await project.write(
    "operators.yaml",
    yaml('"; DROP TABLE prices"', true).replace("numeric(10,4)", "int); DROP TABLE prices; --"),
  );
  expect((await run()).stderr).toContain("[TABLE_NAME]");
  await project.write("operators.yaml", yaml("other", true).replace("numeric(10,4)", "'int); DROP TABLE prices; --'"));
  expect((await run()).stderr).toContain("[COLUMN_TYPE]");
  expect((await project.millrace(["exec", "prices"])).stderr).toContain("[DATABASE_URL_MISSING]");
  expect((await project.millrace(["exec", "price"])).stderr).toContain("[OPERATOR_UNKNOWN]");
});

test("every mistake in a declaration is said at once, with its line and path", async () => {
  const yaml = `operators:
  - name: first
    operator: csv_to_table
    config:
      path: a.csv
      tabel: a
      load: upsert
      partitionBy: day
  - name: first one
    operator: csv_to_table
  - name: third
    operator: csv_to_tabel
  - name: fourth
    operator: api_to_table
    partitions: { kind: cron, cron: "never", start: 2024-01-01 }
    config:
      url: https://example.com
      table: a
      load: replace
      auth: { bearer: "s3cret-token" }
      since: { parameter: a, field: b }
`;
  await using project = await declaredProject({ "operators.yaml": yaml });
  const { code, stderr } = await project.millrace(["manifest"]);
  expect(code).toBe(1);
  const problems = stderr.replace(/^\[DECLARED_INVALID\] operators.yaml does not declare operators: /, "").split("; ");
  expect(problems.map((problem) => /^line \d+, [^:]*/.exec(problem)?.[0])).toEqual([
    "line 5, operators[0].config.table",
    "line 6, operators[0].config.tabel",
    "line 9, operators[1].name",
    "line 12, operators[2].operator",
    "line 20, operators[3].config.auth.bearer",
    "line 21, operators[3].config.since",
  ]);
  expect(stderr).not.toContain("s3cret");
  await project.write("operators.yaml", "operators:\n  - name: [a\n");
  expect((await project.millrace(["manifest"])).stderr).toMatch(/^\[DECLARED_INVALID\] .*line \d/);
});

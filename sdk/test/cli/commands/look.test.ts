import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { openShop, stopServer } from "./shop.ts";

afterAll(stopServer);

test("peek shows a table's rows as PostgreSQL writes them", async () => {
  await using shop = await openShop();
  await shop.millrace("run", "customers");
  expect((await shop.millrace("peek", "customers", "--json")).json()).toMatchObject({
    total: 2,
    columns: [
      { name: "id", type: "integer" },
      { name: "name", type: "text" },
    ],
    rows: [
      { id: "1", name: "Ada" },
      { id: "2", name: "Grace" },
    ],
  });
  expect((await shop.millrace("peek", "public.customers", "--limit", "1")).stdout).toContain("1 of 2 rows");
  const hostile = await shop.millrace("peek", 'customers"; DROP TABLE customers; --');
  expect([hostile.code, hostile.stderr]).toEqual([2, expect.stringContaining("[TABLE_UNKNOWN]")]);
});

test("plan says how the database differs, and its statements mend it", async () => {
  await using shop = await openShop();
  expect(await shop.millrace("plan")).toMatchObject({ code: 0, stdout: "The database is what the tables say." });
  await shop.sql.unsafe(
    "DROP TABLE visits, totals; ALTER TABLE customers DROP COLUMN name, DROP CONSTRAINT customers_pkey; ALTER TABLE orders ALTER id TYPE bigint",
  );
  const { code, json, stdout } = await shop.millrace("plan", "--json");
  expect([code, stdout]).toEqual([1, expect.stringContaining("is missing")]);
  const drifts = json() as unknown as readonly { readonly table: string; readonly migration: readonly string[] }[];
  expect(drifts.map(({ table }) => table)).toEqual([
    "public.customers",
    "public.orders",
    "public.totals",
    "public.visits",
  ]);
  for (const { migration } of drifts) await shop.sql.unsafe(migration.join("\n"));
  expect((await shop.millrace("plan")).code).toBe(0);
  expect((await shop.millrace("run", "--all", "-p", "2024-01-01")).code).toBe(0);
});

test("check says all that is wrong at once", async () => {
  await using shop = await openShop();
  expect((await shop.millrace("check", "--partition", "2024-01-01")).code).toBe(0);
  await shop.sql`ALTER TABLE customers DROP CONSTRAINT customers_pkey`;
  const { code, stdout } = await shop.millrace("check", "--partition", "2024-01-20");
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ customers: target +\[PREFLIGHT\].*no unique index on \(id\)/);
  expect(stdout).toMatch(/✗ orders: source +\[SOURCE_NOT_FOUND\]/);
  expect(stdout).toMatch(/✓ totals: target/);
  await shop.write("operators/broken.ts", 'import "./nowhere.ts";\n');
  await shop.write("operators/empty.ts", "export default 1;\n");
  const more = await shop.millrace("check");
  expect(more.stdout).toMatch(
    /✗ operators +\[OPERATOR_INVALID\] operators\/broken.ts[^]*✗ operators +\[OPERATOR_INVALID\] operators\/empty.ts/,
  );
  expect(more.stdout).toMatch(/✓ operators +customers, orders[^]*✗ customers: target/);
});

test("doctor looks at the machine and the database, and never shows the password", async () => {
  await using shop = await openShop();
  const well = await shop.millrace("doctor");
  expect([well.code, well.stdout]).toEqual([0, expect.stringMatching(/✓ database +PostgreSQL \d+/)]);
  await shop.write(".env", "DATABASE_URL=postgresql://nobody:s3cret@127.0.0.1:1/none\n");
  const ill = await shop.millrace("doctor");
  expect([ill.code, ill.stdout]).toEqual([1, expect.stringMatching(/✗ database +\[DATABASE_UNREACHABLE\]/)]);
  expect(ill.stdout + ill.stderr).not.toContain("s3cret");
});

test("where the database can not be reached, check says so once, and looks at the sources all the same", async () => {
  await using shop = await openShop();
  await shop.write(".env", "DATABASE_URL=postgresql://nobody:s3cret@127.0.0.1:1/none\n");
  const { code, stdout } = await shop.millrace("check");
  expect(code).toBe(1);
  expect(stdout.match(/DATABASE_UNREACHABLE/g)).toHaveLength(1);
  expect(stdout).toMatch(/✓ customers: source +data\/customers\.csv/);
  expect(stdout).toMatch(/! orders: source +not looked for/);
  expect(stdout).not.toContain("s3cret");
});

test("the manifest is JSON, and may be asked for as that", async () => {
  await using shop = await openShop();
  expect((await shop.millrace("manifest", "--json")).json()).toEqual((await shop.millrace("manifest")).json());
});

test("dev does nothing where another program has Dagster's port", async () => {
  await using shop = await openShop();
  await shop.write("orchestrator/pyproject.toml", "");
  await using server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { code, stdout, stderr } = await shop.millrace("dev", "--port", String(port));
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(`--port ${port + 1}`)]);
});

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openShop, stopServer } from "./shop.ts";

afterAll(stopServer);

test("runs are listed and shown", async () => {
  await using shop = await openShop();
  await shop.millrace("run", "customers");
  await shop.millrace("run", "customers", "--config", "file=none.csv");
  const listed = (await shop.millrace("runs", "list", "customers", "--json")).json() as unknown as { id: string }[];
  expect(listed).toMatchObject([
    { status: "failed", error: expect.stringContaining("[SOURCE_NOT_FOUND]") as unknown },
    { status: "finished", counts: { read: 3, rejected: 1 } },
  ]);
  expect((await shop.millrace("runs", "list", "--status", "failed")).stdout).toMatch(/failed .*\[SOURCE_NOT_FOUND\]/);
  const { stdout } = await shop.millrace("runs", "show", listed[1]!.id.slice(0, 10));
  expect(stdout).toMatch(/counts +3 read, 2 inserted, 1 rejected/);
  expect(stdout).toMatch(/dead letters +1 SCHEMA \(open\)/);
  expect((await shop.millrace("runs", "show", "f".repeat(8))).code).toBe(2);
});

test("failures are listed, shown, exported, replayed after a fix, and purged", async () => {
  await using shop = await openShop();
  await shop.millrace("run", "customers");
  expect((await shop.millrace("failures", "list")).stdout).toMatch(/customers +open +SCHEMA +name +1/);
  expect((await shop.millrace("failures", "show", "customers")).stdout).toMatch(/data\/customers\.csv, line 4/);
  expect((await shop.millrace("failures", "export", "--to", "failures")).stdout).toMatch(
    /1 in failures\/failures_.*\.parquet/,
  );
  expect(await readdir(join(shop.folder, "failures"))).toHaveLength(1);
  const still = await shop.millrace("failures", "replay", "customers");
  expect([still.code, still.stdout]).toEqual([
    1,
    "0 replayed, 1 still open (why: millrace failures show customers --status open)",
  ]);
  const fixed = (await import("node:fs/promises")).readFile(join(shop.folder, "operators/customers.ts"), "utf8");
  await shop.write(
    "operators/customers.ts",
    (await fixed).replace("z.string().min(1)", "z.string().nullable().transform((name) => name || 'nobody')"),
  );
  const replayed = await shop.millrace("failures", "replay", "customers");
  expect([replayed.code, replayed.stdout]).toEqual([0, "1 replayed, 0 still open"]);
  expect(await shop.sql`SELECT name FROM customers WHERE id = 3`).toEqual([{ name: "nobody" }]);
  const refused = await shop.millrace("failures", "purge");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("[CONFIRM]")]);
  expect((await shop.millrace("failures", "purge", "--older-than", "3", "--yes")).stdout).toBe("0 deleted");
  expect((await shop.millrace("failures", "purge", "--yes")).stdout).toBe("1 deleted");
});

test("checkpoints are listed, shown and reset, which never lets an older run write", async () => {
  await using shop = await openShop();
  await shop.millrace("run", "customers");
  expect((await shop.millrace("checkpoints", "list")).stdout).toMatch(/customers +finished +3/);
  expect((await shop.millrace("checkpoints", "show", "customers", "--json")).json()).toMatchObject({
    position: 3,
    epoch: 1,
  });
  expect((await shop.millrace("checkpoints", "show", "orders", "2024-01-01")).code).toBe(2);
  const refused = await shop.millrace("checkpoints", "reset", "customers");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("[CONFIRM]")]);
  expect((await shop.millrace("checkpoints", "reset", "customers", "--yes")).stdout).toBe("reset  customers");
  expect(await shop.sql`SELECT epoch::int, position::int, status FROM millrace.checkpoints`).toEqual([
    { epoch: 2, position: 0, status: "running" },
  ]);
  await shop.millrace("run", "visits");
  const appended = await shop.millrace("checkpoints", "reset", "visits");
  expect(appended.stderr).toContain("adds all rows again");
});

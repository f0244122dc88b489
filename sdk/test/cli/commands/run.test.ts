import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { DAYS, openShop, stopServer, type Shop } from "./shop.ts";

afterAll(stopServer);

test("list, show and help say what there is", async () => {
  await using shop = await openShop();
  const listed = await shop.millrace("list", "--json");
  expect(listed.json()).toMatchObject([
    { name: "customers", strategy: "upsert", tables: ["public.customers"] },
    { name: "orders", dependsOn: ["customers"] },
    { name: "totals" },
    { name: "visits" },
  ]);
  expect((await shop.millrace("list")).stdout).toContain("daily 2024-01-01…2024-02-01");
  expect((await shop.millrace("show", "orders")).stdout).toMatch(/config +delayMs: number, default 0/);
  for (const command of ["list", "run", "backfill", "failures purge", "checkpoints reset", "runs show"]) {
    const { code, stdout } = await shop.millrace(...command.split(" "), "--help");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Example:\n {2}\$ millrace /)]);
  }
});

test("run says how an operator came out, exit code and all", async () => {
  await using shop = await openShop();
  const { code, stdout } = await shop.millrace("run", "customers");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/done +3 +2 +1 /)]);
  expect(stdout).toContain("1 record: millrace failures list");
  const again = await shop.millrace("run", "customers", "--json");
  expect(again.json()).toMatchObject({
    operator: "customers",
    partitions: [{ partition: null, status: "done", facts: { read: 3, unchanged: 2, rejected: 1 } }],
  });
  const wrong: readonly (readonly [string, number, string])[] = [
    ["run", 2, "[USAGE]"],
    ["run nobody", 1, "[OPERATOR_UNKNOWN]"],
    ["run orders", 1, "[PARTITION_MISSING]"],
    ["run orders -p 2023-01-01", 1, "[PARTITION_UNKNOWN]"],
    ["run orders --from 2024-01-01", 2, "[USAGE]"],
    ["run customers --config fil=x", 1, "[CONFIG_INVALID]"],
    ["run customers --config file=data/none.csv", 1, "[SOURCE_NOT_FOUND]"],
    ["run customers --parallel 0", 2, "[USAGE]"],
    ["rn", 2, "Did you mean run?"],
    ["--no-such", 2, "unknown option"],
    ["failures export --out x", 2, "See millrace failures export --help."],
    ["backfill orders", 2, "Give --from and --to"],
  ];
  for (const [args, expected, said] of wrong) {
    const ended = await shop.millrace(...args.split(" "));
    expect([args, ended.code, ended.stdout + ended.stderr]).toEqual([args, expected, expect.stringContaining(said)]);
  }
});

test("an error of an operator's own code is shown with where it stands in the project, and nothing else", async () => {
  await using shop = await openShop();
  const visits = await shop.read("operators/visits.ts");
  await shop.write(
    "operators/visits.ts",
    visits.replace("  target:", "  transform: (row) => (row as any).nothing.at,\n  target:"),
  );
  const { code, stdout } = await shop.millrace("run", "visits");
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/reading 'at'\)\n +at transform \(.*operators\/visits\.ts:\d+:\d+\)$/),
  ]);
});

test("a dry run keeps nothing, a fresh one begins at the beginning and never appends twice", async () => {
  await using shop = await openShop();
  const dry = await shop.millrace("run", "customers", "--dry-run");
  expect(dry.stdout).toContain('would insert  {"id": 1, "name": "Ada"}');
  expect(dry.stdout).toContain("would reject");
  expect(dry.stdout).not.toContain("millrace failures list");
  expect(await shop.sql`SELECT 1 FROM customers`).toEqual([]);
  expect((await shop.millrace("run", "visits")).code).toBe(0);
  const fresh = await shop.millrace("run", "visits", "--fresh");
  expect([fresh.code, fresh.stdout]).toEqual([1, expect.stringContaining("[FRESH_APPEND]")]);
  expect(await shop.sql`SELECT id FROM visits ORDER BY id`).toEqual([{ id: 1 }, { id: 2 }]);
});

test("run --all goes in the order of dependencies, and skips what is downstream of a failure", async () => {
  await using shop = await openShop();
  const names = ["customers", "orders", "totals", "visits"];
  const run = async (...args: readonly string[]) => {
    const { code, json } = await shop.millrace("run", ...args, "--json");
    const tasks = json() as unknown as readonly {
      readonly operator: string;
      readonly status: string;
      readonly note: string;
    }[];
    return { code, status: Object.fromEntries(tasks.map(({ operator, status }) => [operator, status])), tasks };
  };
  const range = ["--from", DAYS[0], "--to", DAYS[3]];
  const first = await run("--all", ...range);
  expect(first).toMatchObject({ code: 0, status: Object.fromEntries(names.map((name) => [name, "success"])) });
  expect(await shop.sql`SELECT count(*)::int AS n FROM totals WHERE orders = 2`).toEqual([{ n: 4 }]);
  await shop.write(`data/orders/${DAYS[1]}.csv`, "nothing\n");
  const second = await run("--all", ...range);
  expect(second).toMatchObject({
    code: 1,
    status: { customers: "success", orders: "failed", totals: "skipped", visits: "success" },
  });
  expect(second.tasks.find(({ operator }) => operator === "totals")!.note).toBe("orders failed");
  expect((await run("--select", "customers+", "-p", DAYS[0])).status).toEqual({
    customers: "success",
    orders: "success",
    totals: "success",
  });
  expect((await run("--select", "+orders", "-p", DAYS[0])).status).toEqual({ customers: "success", orders: "success" });
  expect((await shop.millrace("run", "--select", "nobody")).code).toBe(2);
});

test("backfill tells each partition as it ends, and --only-failed and --missing do what is left", async () => {
  await using shop = await openShop();
  await shop.write(`data/orders/${DAYS[2]}.csv`, "nothing\n");
  const to = ["--from", DAYS[0], "--to", DAYS[3]];
  const backfill = async (...args: readonly string[]) => {
    const { code, json } = await shop.millrace("backfill", "orders", ...args, "--json");
    const { partitions } = json() as unknown as {
      readonly partitions: readonly { readonly partition: string; readonly status: string }[];
    };
    return [code, ...partitions.map(({ partition, status }) => `${partition} ${status}`)];
  };
  const said = await shop.millrace("backfill", "orders", ...to, "--parallel", "3");
  expect(said.stderr).toContain(`done    ${DAYS[0]}`);
  expect(said.stderr).toContain(`failed  ${DAYS[2]}`);
  expect([said.code, said.stdout]).toEqual([1, expect.stringContaining("3 partitions done, 1 failed")]);
  expect(await backfill(...to, "--only-failed")).toEqual([1, `${DAYS[2]} failed`]);
  expect(await backfill("--only-failed")).toEqual([1, `${DAYS[2]} failed`]);
  await shop.write(`data/orders/${DAYS[2]}.csv`, "id,day,customer\n");
  await shop.write("data/orders/2024-01-05.csv", "id,day,customer\n");
  expect(await backfill("--from", DAYS[0], "--to", "2024-01-05", "--missing")).toEqual([
    0,
    `${DAYS[2]} done`,
    "2024-01-05 done",
  ]);
  expect(await backfill(...to, "--missing")).toEqual([0]);
});

/** The operators' processes that are at work on the shop's database. */
async function atWork({ sql }: Shop): Promise<number> {
  const [row] = await sql<
    { n: number }[]
  >`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'millrace%' AND datname = current_database()`;
  return row!.n;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

test.for([
  ["SIGINT", 130],
  ["SIGTERM", 130],
  ["SIGKILL", undefined],
] as const)("%s ends the command and what it has started, and --missing does the rest", async ([signal, code]) => {
  await using shop = await openShop();
  const range = ["--from", DAYS[0], "--to", DAYS[3], "--parallel", "1"];
  await shop.write(`data/orders/${DAYS[0]}.csv`, "id,day,customer\n");
  const command = shop.start("backfill", "orders", ...range, "--config", "delayMs=1000");
  await until(async () => (await shop.sql`SELECT to_regclass('millrace.runs') AS runs`)[0]!["runs"] !== null);
  await until(async () => (await shop.sql`SELECT 1 FROM millrace.runs`).length >= 2);
  command.kill(signal);
  expect((await command).exitCode).toBe(code);
  await until(async () => (await atWork(shop)) === 0);
  const runs = await shop.sql`SELECT partition FROM millrace.runs WHERE status = 'finished'`;
  expect(runs.length).toBeLessThan(4);
  expect((await shop.millrace("backfill", "orders", ...range, "--missing")).code).toBe(0);
  expect(await shop.sql`SELECT DISTINCT partition FROM millrace.runs WHERE status = 'finished' ORDER BY 1`).toEqual(
    DAYS.map((partition) => ({ partition })),
  );
  expect(await shop.sql`SELECT count(*)::int AS n, count(DISTINCT (day, id))::int AS rows FROM orders`).toEqual([
    { n: 6, rows: 6 },
  ]);
});

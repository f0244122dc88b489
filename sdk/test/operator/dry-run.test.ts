import { append, deleteInsert, replace, upsert, type LoadOperator, type LoadStrategy } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, describe, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const chunks = { maxRows: 7, maxBytes: 1_000_000 };
const rejects = { max: 100, maxRatio: 1 };
const HEAD = "id,day,amount,note\n";
/** Some of the rows twice, some that the schema and some that the table refuses. */
const lines = (from: number, to: number, note: string) =>
  Array.from({ length: to - from }, (_, index) => {
    const id = from + index;
    return `${id},2024-01-01,${id % 11 === 5 ? -1 : id},${id % 13 === 3 ? "bad" : note}\n`;
  }).join("");
const FIRST = HEAD + lines(0, 40, "old");
const SECOND = HEAD + lines(20, 60, "new") + lines(55, 60, "again");

const variants: readonly (readonly [string, LoadStrategy<"orders">])[] = [
  ["append", append()],
  ["upsert", upsert({ key: orders.id })],
  ["replace", replace()],
  ["replace with swap", replace({ swap: true })],
  ["delete-insert", deleteInsert({ partitionBy: orders.day })],
];

function operatorFor(load: LoadStrategy<"orders">): LoadOperator {
  const operator = load.strategy === "delete-insert" ? dailyOrdersOperator(load) : ordersOperator(load);
  return { ...operator, chunks, rejects };
}

describe("a dry run says what a run then does, and leaves nothing behind", () => {
  test.for(variants)("%s", async ([, load]) => {
    await using database = await ordersDatabase(
      `, CHECK (amount >= 0)${load.strategy === "append" ? "" : ", UNIQUE (id)"}`,
    );
    const operator = operatorFor(load);
    const run = async (content: string, dryRun: boolean) => {
      const folder = await csvFolder({ "2024-01-01.csv": content });
      const partitioned = load.strategy === "delete-insert";
      const { materializations } = await runOperator(operator, {
        databaseUrl: database.url,
        config: partitioned ? { folder } : { file: `${folder}/2024-01-01.csv` },
        ...(partitioned && { partitions: ["2024-01-01"] }),
        dryRun,
      });
      const { inserted, updated, unchanged, superseded, filtered, rejected, read, ...rest } =
        materializations[0]!.metadata;
      return { counts: { inserted, updated, unchanged, superseded, filtered, rejected, read }, rest };
    };
    const state = async () => [
      await database.rows(),
      await database.sql`SELECT id, status FROM millrace.runs`,
      await database.sql`SELECT * FROM millrace.checkpoints`,
      await database.sql`SELECT id, status FROM millrace.dead_letters`,
      await database.sql`SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`,
    ];
    // The schema of the state is there from the first run on, dry or not.
    const empty = await run(FIRST, true);
    expect(await database.rows()).toEqual([]);
    expect(await run(FIRST, false)).toMatchObject({ counts: empty.counts });
    if (load.strategy === "append") return; // another source may not be appended
    const before = await state();
    const { counts, rest } = await run(SECOND, true);
    expect(await state()).toEqual(before);
    expect(rest).toMatchObject({ dry_run: true });
    expect(JSON.stringify(rest["would_write"])).toContain("insert");
    expect(JSON.stringify(rest["would_reject"])).toContain("CHECK");
    // In a dry run rows are compared in place; a swap inserts them all.
    const { inserted, updated, unchanged } = counts as Record<string, number>;
    const expected =
      load.strategy === "replace" && load.swap
        ? { ...counts, inserted: inserted! + updated! + unchanged!, updated: 0, unchanged: 0 }
        : counts;
    expect((await run(SECOND, false)).counts).toEqual(expected);
  });
});

test("a dry run fences nobody off", async () => {
  await using database = await ordersDatabase();
  const folder = await csvFolder({ "a.csv": FIRST });
  const operator = operatorFor(upsert({ key: orders.id }));
  await database.sql`ALTER TABLE orders ADD UNIQUE (id)`;
  const options = { databaseUrl: database.url, config: { file: `${folder}/a.csv` } };
  await runOperator(operator, options);
  await runOperator(operator, { ...options, dryRun: true });
  expect(await database.sql`SELECT epoch::int FROM millrace.checkpoints`).toEqual([{ epoch: 1 }]);
});

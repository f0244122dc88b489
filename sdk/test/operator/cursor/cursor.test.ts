import { runOperator, type PostgresServer } from "@millrace/sdk/testing";
import { startTestServer } from "../test-server.ts";
import { execa } from "execa";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CREATE, FIRST, numbersOperator } from "./numbers.ts";

let server: PostgresServer;
let databases = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function openNumbers() {
  const url = await server.createDatabase(`cursor_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`${CREATE}; CREATE UNIQUE INDEX ON numbers (source, n)`);
  return {
    url,
    sql,
    /** Without the unique index an append that repeats shows. */
    dropIndex: () => sql`DROP INDEX numbers_source_n_idx`,
    /** Each as its distance from the first. */
    rows: async (source = "one") =>
      (await sql`SELECT n::text FROM numbers WHERE source = ${source} ORDER BY n`).map(({ n }) =>
        Number(BigInt(n as string) - FIRST),
      ),
    letters: async (source = "one") =>
      (
        await sql`SELECT line::int FROM millrace.dead_letters WHERE partition = ${source} AND status = 'open' ORDER BY line`
      ).map(({ line }) => (line as number) - 1),
    cursor: async (source = "one") =>
      (await sql`SELECT cursor FROM millrace.checkpoints WHERE partition = ${source}`)[0]?.["cursor"] as unknown,
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

const never = () => {};
const at = (index: number) => String(FIRST + BigInt(index));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const good = (count: number) => upTo(count).filter((index) => index % 13 !== 12);
const bad = (count: number) => upTo(count).filter((index) => index % 13 === 12);

describe("a later run goes on behind the last one's records", () => {
  test.for(["append", "upsert"])("%s", async (strategy) => {
    await using database = await openNumbers();
    await database.dropIndex();
    if (strategy === "upsert") await database.sql`CREATE UNIQUE INDEX ON numbers (source, n)`;
    const opened: unknown[] = [];
    const run = async (count: number, runId?: string) => {
      const operator = numbersOperator(strategy, { count, batchRows: 9, before: never, opened });
      const { materializations } = await runOperator(operator, {
        databaseUrl: database.url,
        partitions: ["one"],
        ...(runId !== undefined && { runId }),
      });
      return materializations[0]!.metadata;
    };
    const json = (value: unknown) => ({ type: "json", raw_value: value });
    expect(await run(0)).toMatchObject({ start: "fresh", read: 0 });
    expect(await run(100)).toMatchObject({ start: "fresh", read: 100, inserted: 93, rejected: 7 });
    const third = await run(150, "third");
    expect(third).toMatchObject({ start: "incremental", read: 50, inserted: 46, rejected: 4 });
    expect([third["checkpoint_before"], third["checkpoint_after"]]).toEqual([json(at(99)), json(at(149))]);
    // C2: reported again, with the same checkpoint.
    const again = await run(160, "third");
    expect(again).toMatchObject({ start: "reported-again", read: 50 });
    expect([again["checkpoint_before"], again["checkpoint_after"]]).toEqual([
      third["checkpoint_before"],
      third["checkpoint_after"],
    ]);
    // Nothing new: the checkpoint stays.
    expect(await run(150)).toMatchObject({ start: "incremental", read: 0, inserted: 0 });
    expect(await database.rows()).toEqual(good(150));
    expect(await database.letters()).toEqual(bad(150));
    expect(opened).toEqual([null, null, at(99), at(149)]);
  });
});

describe("C25: killed on the way, it goes on exactly behind the last committed chunk", () => {
  test.for([
    ["append", 60],
    ["append", 133],
    ["upsert", 133],
  ] as const)("%s, killed after %i", async ([strategy, killedAfter]) => {
    await using database = await openNumbers();
    await database.dropIndex();
    if (strategy === "upsert") await database.sql`CREATE UNIQUE INDEX ON numbers (source, n)`;
    const child = [`${import.meta.dirname}/killed-child.ts`, database.url, strategy, "200", String(killedAfter)];
    const { signal } = await execa(process.execPath, child, { reject: false });
    expect(signal).toBe("SIGKILL");
    const committed = (await database.rows()).length;
    const cursor = await database.cursor();
    expect(committed).toBeGreaterThan(0);
    expect(await database.rows()).toEqual(good(Number(BigInt(cursor as string) - FIRST) + 1));
    const opened: unknown[] = [];
    const operator = numbersOperator(strategy, { count: 200, batchRows: 7, before: never, opened });
    const { materializations } = await runOperator(operator, { databaseUrl: database.url, partitions: ["one"] });
    expect(opened).toEqual([cursor]);
    expect(materializations[0]!.metadata).toMatchObject({ start: "resume", read: 200, inserted: good(200).length });
    expect(await database.rows()).toEqual(good(200));
    expect(await database.letters()).toEqual(bad(200));
  });
});

test("C24: each partition has a cursor of its own", async () => {
  await using database = await openNumbers();
  const run = (partitions: readonly string[], count: number) =>
    runOperator(numbersOperator("append", { count, batchRows: 9, before: never }), {
      databaseUrl: database.url,
      partitions,
    });
  await run(["two"], 50);
  await run(["one"], 20);
  expect([await database.cursor("one"), await database.cursor("two")]).toEqual([at(19), at(49)]);
  await run(["one", "two"], 60);
  expect([await database.cursor("one"), await database.cursor("two")]).toEqual([at(59), at(59)]);
  expect([await database.rows("one"), await database.rows("two")]).toEqual([good(60), good(60)]);
});

test("a chunk ends only where the source says how to go on", async () => {
  await using database = await openNumbers();
  await database.dropIndex();
  const fail = (given: number) => {
    if (given >= 80) throw new Error("the source broke");
  };
  const run = (before: (given: number) => void) =>
    runOperator(numbersOperator("append", { count: 120, batchRows: 9, before, cursorEvery: 4 }), {
      databaseUrl: database.url,
      partitions: ["one"],
    });
  await expect(run(fail)).rejects.toThrow("the source broke");
  expect([await database.cursor(), await database.rows()]).toEqual([at(71), good(72)]);
  await run(never);
  expect(await database.rows()).toEqual(good(120));
});

test("the cursor of a load that commits at its end is committed with it", async () => {
  await using database = await openNumbers();
  const run = (count: number, before: (given: number) => void) =>
    runOperator(numbersOperator("replace", { count, batchRows: 9, before }), {
      databaseUrl: database.url,
      partitions: ["one"],
    });
  const fail = (given: number) => {
    if (given >= 80) throw new Error("the source broke");
  };
  await expect(run(120, fail)).rejects.toThrow("the source broke");
  expect([await database.cursor(), await database.rows()]).toEqual([null, []]);
  await run(120, never);
  expect([await database.cursor(), await database.rows()]).toEqual([at(119), good(120)]);
  await run(130, never);
  expect([await database.cursor(), await database.rows()]).toEqual([at(129), good(130).filter((n) => n >= 120)]);
});

test("C4: what may give rows twice is not appended", async () => {
  await using database = await openNumbers();
  const run = (strategy: string) =>
    runOperator(numbersOperator(strategy, { count: 10, batchRows: 9, before: never, repeats: true }), {
      databaseUrl: database.url,
      partitions: ["one"],
    });
  await expect(run("append")).rejects.toThrow("[APPEND_REPEATS]");
  await run("upsert");
  expect(await database.rows()).toEqual(good(10));
});

import { append, daily, defineOperator, postgresTable, tableRecord, upsert } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { bigint, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { BY_NUMBER, events, eventsOperator, expectSame, LAG, NO_LAG, SOURCE, TARGET, UNIQUE } from "./events.ts";
import { openDatabases, stopServers } from "./two-servers.ts";

afterAll(stopServers);

/** Of another type than at the source: rows are looked at. */
const looked = pgTable("events", {
  id: bigint("id", { mode: "bigint" }).notNull(),
  changedAt: timestamp("changed_at", { mode: "string" }).notNull(),
  name: text("name"),
});

describe("each run reads what is new, and nothing twice", () => {
  test("C4, C6: equal times, microseconds apart and over the ends of chunks", async () => {
    await using databases = await openDatabases(SOURCE, TARGET);
    const { source } = databases;
    // Sixteen thousand with the same microsecond, and others one microsecond later.
    await source`INSERT INTO events SELECT n, timestamptz '2024-01-01 00:00:00.123456+00' + (n / 16000) * interval '1 microsecond', 'first'
      FROM generate_series(1, 20000) n`;
    const operator = eventsOperator(databases, NO_LAG);
    expect(await databases.run(operator)).toMatchObject({ read: 20_000, inserted: 20_000, start: "fresh" });
    expect(await databases.run(operator)).toMatchObject({ read: 0, start: "incremental" });
    // With the very time of the last one that was read, and a key behind it.
    await source`INSERT INTO events VALUES (20001, '2024-01-01 00:00:00.123457+00', 'tie'), (20002, '2024-01-01 00:00:00.123458+00', 'next')`;
    const metadata = await databases.run(operator);
    expect(metadata).toMatchObject({ read: 2, inserted: 2 });
    expect(metadata["checkpoint_after"]).toEqual({
      type: "json",
      raw_value: { by: ["changed_at", "id"], after: ["2024-01-01 00:00:00.123458+00", "20002"] },
    });
    await expectSame(databases, 20_002);
  });

  test("a run connects to its source once", async () => {
    await using databases = await openDatabases(SOURCE, TARGET);
    const { source } = databases;
    await source`INSERT INTO events VALUES (1, '2024-01-01', 'one')`;
    const sessions = async () => {
      // A session has been counted when it has ended.
      for (let open = 1; open > 0; await delay(10))
        open = (await source`SELECT FROM pg_stat_activity WHERE application_name LIKE 'millrace source%'`).length;
      const [counted] =
        await source`SELECT sessions::int AS n FROM pg_stat_database WHERE datname = current_database()`;
      return counted!["n"] as number;
    };
    const before = await sessions();
    expect(await databases.run(eventsOperator(databases, NO_LAG))).toMatchObject({ read: 1 });
    expect(await sessions()).toBe(before + 1);
  });

  test("C25, C26: a source that is lost in the middle, and a run that failed there", async () => {
    await using databases = await openDatabases(SOURCE, TARGET);
    const { source } = databases;
    await source`INSERT INTO events SELECT n, timestamptz '2024-01-01' + n / 7 * interval '1 ms', repeat('x', 300) FROM generate_series(1, 60000) n`;
    let given = 0;
    const operator = eventsOperator(databases, NO_LAG);
    const disturbed = (after: number, disturb: () => Promise<unknown>) => ({
      ...operator,
      extract: async () => {
        const whole = postgresTable(databases.sourceUrl, "events", NO_LAG);
        const { lines } = whole;
        return {
          ...whole,
          lines: {
            async connect(signal: AbortSignal) {
              const connected = await lines!.connect(signal);
              return {
                ...connected,
                async *open(options: Parameters<typeof connected.open>[0]) {
                  for await (const block of connected.open(options)) {
                    yield block;
                    const before = given;
                    given += block.rowCount;
                    if (before < after && given >= after) await disturb();
                  }
                },
              };
            },
          },
        };
      },
    });
    const lose = () =>
      source`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace source%' AND datname = current_database()`;
    const fail = async () => {
      await lose();
      throw new Error("stopped");
    };
    await expect(databases.run(disturbed(30_000, fail))).rejects.toThrow("stopped");
    const [committed] = await databases.target`SELECT count(*)::int AS n FROM events`;
    expect(committed!["n"]).toBeGreaterThan(0);
    expect(committed!["n"]).toBeLessThan(60_000);
    given = 0;
    const lost: unknown[] = [];
    const metadata = await databases.run(disturbed(10_000, async () => lost.push(...(await lose()))));
    expect(lost.length).toBe(1);
    expect(metadata).toMatchObject({ start: "resume", read: 60_000, inserted: 60_000 });
    await expectSame(databases, 60_000);
  });
});

describe("C5: a row that is committed late, with an earlier time or number, is not lost", () => {
  test("by time: nothing is read beyond the start of the oldest transaction", async () => {
    await using databases = await openDatabases(SOURCE, TARGET);
    const { source } = databases;
    const operator = eventsOperator(databases, NO_LAG);
    await source.begin(async (late) => {
      await late`SELECT now()`; // what it will write has this time
      await source`INSERT INTO events VALUES (2, DEFAULT, 'meanwhile')`;
      expect(await databases.run(operator)).toMatchObject({ read: 0 });
      await late`INSERT INTO events VALUES (1, DEFAULT, 'late')`;
      expect(await databases.run(operator)).toMatchObject({ read: 0 });
    });
    await source`INSERT INTO events VALUES (3, now() + interval '1 hour', 'ahead of its time')`;
    expect(await databases.run(operator)).toMatchObject({ read: 2 });
    const rows = await databases.target`SELECT name FROM events ORDER BY id`;
    expect(rows.map(({ name }) => name as string)).toEqual(["late", "meanwhile"]);
  });

  test("by number: those who write are waited for", async () => {
    await using databases = await openDatabases(`${SOURCE}; CREATE SEQUENCE ids`, TARGET);
    const { source } = databases;
    const operator = eventsOperator(databases, BY_NUMBER);
    let ended = false;
    const late = source.begin(async (transaction) => {
      await transaction`INSERT INTO events VALUES (nextval('ids'), DEFAULT, 'late')`;
      await source`INSERT INTO events VALUES (nextval('ids'), DEFAULT, 'meanwhile')`;
      const running = databases.run(operator).then((metadata) => ({ metadata, ended }));
      await delay(400);
      return { running };
    });
    const { running } = await late;
    ended = true;
    const { metadata, ended: waited } = await running;
    expect(waited).toBe(true);
    expect(metadata).toMatchObject({ read: 2, inserted: 2 });
    await source`INSERT INTO events VALUES (nextval('ids'), DEFAULT, 'next')`;
    expect(await databases.run(operator)).toMatchObject({ read: 1, start: "incremental" });
    await expectSame(databases, 3);
  });

  test("what is committed later than that is read again within the lag, which is why it is not appended", async () => {
    await using databases = await openDatabases(SOURCE, `${TARGET}; ${UNIQUE}`);
    const { source } = databases;
    await expect(databases.run(eventsOperator(databases, LAG))).rejects.toThrow("[APPEND_REPEATS]");
    const operator = eventsOperator(databases, LAG, upsert({ key: events.id, orderBy: events.changedAt }));
    await source`INSERT INTO events SELECT n, '2024-01-01 12:00:00+00'::timestamptz + n * interval '1 minute', 'first' FROM generate_series(1, 100) n`;
    expect(await databases.run(operator)).toMatchObject({ read: 100, inserted: 100 });
    const checkpoint = (await databases.run(operator))["checkpoint_after"];
    // From a clock that is half an hour behind.
    await source`INSERT INTO events VALUES (200, '2024-01-01 13:10:00+00', 'behind')`;
    const metadata = await databases.run(operator);
    expect(metadata).toMatchObject({ inserted: 1, unchanged: 61 });
    expect(metadata["checkpoint_after"]).toEqual(checkpoint);
    await expectSame(databases, 101);
  });
});

test("C24: a backfill of an old day neither moves the watermark nor overwrites newer rows", async () => {
  await using databases = await openDatabases(SOURCE, `${TARGET}; ${UNIQUE}`);
  const { source } = databases;
  const load = upsert({ key: events.id, orderBy: events.changedAt });
  const incremental = eventsOperator(databases, NO_LAG, load);
  const backfill = defineOperator({
    name: "backfill",
    partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
    extract: ({ partition }) =>
      postgresTable(databases.sourceUrl, "history", { window: { column: "changed_at", partition } }),
    record: tableRecord(events),
    target: events,
    load,
  });
  // The history has each version of a row, the table only the last.
  await source`CREATE TABLE history (id bigint, changed_at timestamptz, name text)`;
  await source`INSERT INTO history VALUES (1, '2024-01-01 12:00+00', 'old'), (1, '2024-01-02 12:00+00', 'new'), (2, '2024-01-01 23:59:59.999999+00', 'only'), (3, '2024-01-02 00:00+00', 'other day')`;
  await source`INSERT INTO events VALUES (1, '2024-01-02 12:00+00', 'new')`;
  await databases.run(incremental);
  const cursor = () => databases.target`SELECT cursor FROM millrace.checkpoints WHERE operator = 'events'`;
  const before = await cursor();
  expect(await databases.run(backfill, "2024-01-01")).toMatchObject({ read: 2, inserted: 1, superseded: 1 });
  expect([...(await cursor())]).toEqual([...before]);
  await source`INSERT INTO events VALUES (4, '2024-01-03 00:00+00', 'next')`;
  expect(await databases.run(incremental)).toMatchObject({ read: 1 });
  const rows = await databases.target`SELECT name FROM events ORDER BY id`;
  expect(rows.map(({ name }) => name as string)).toEqual(["new", "only", "next"]);
});

test("rows are looked at where types differ, and go on likewise", async () => {
  await using databases = await openDatabases(
    SOURCE,
    "CREATE TABLE events (id bigint, changed_at timestamp, name text)",
  );
  const { source, target } = databases;
  const operator = (transform: boolean) => ({
    ...defineOperator({
      name: "events",
      extract: () =>
        postgresTable(
          databases.sourceUrl,
          sql`SELECT id, changed_at AT TIME ZONE 'UTC' AS changed_at, name FROM events`,
          {
            ...NO_LAG,
            key: "id",
          },
        ),
      record: tableRecord(looked),
      target: looked,
      load: append(),
    }),
    transform: transform ? (row: Record<string, unknown>) => row : undefined,
  });
  await source`INSERT INTO events SELECT n, '2024-01-01'::timestamptz + n / 3 * interval '1 microsecond', 'x' FROM generate_series(1, 11000) n`;
  expect(await databases.run(operator(false))).toMatchObject({ read: 11_000 });
  await source`INSERT INTO events SELECT n, '2024-01-01'::timestamptz + n / 3 * interval '1 microsecond', 'x' FROM generate_series(11001, 17000) n`;
  expect(await databases.run(operator(true))).toMatchObject({ read: 6000, start: "incremental" });
  expect(await databases.run(operator(true))).toMatchObject({ read: 0 });
  const [count] = await target`SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM events`;
  expect(count).toEqual({ n: 17_000, ids: 17_000 });
});

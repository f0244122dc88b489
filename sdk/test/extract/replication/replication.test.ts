import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { openReplicated, stopServers, type Replicated } from "./replicated.ts";

afterAll(stopServers);

async function expectSame(replicated: Replicated, count: number) {
  const { source, target } = await replicated.rows();
  expect(source.length).toBe(count);
  expect(target).toEqual(source);
}

/** Long enough to be kept apart from its row, and not to be compressed to less. */
const LONG = "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 400))";

describe.for(["hard", "soft"] as const)("%s deletion", (deletion) => {
  test("rows that are there, then inserts, updates, deletes and changed keys", async () => {
    await using replicated = await openReplicated(deletion);
    const { source } = replicated;
    await source`INSERT INTO notes SELECT n, 'name ' || n, E'a\\tb\\\\c', '{"n": 12345678901234567890.50}', '2024-03-10 01:59:59.123456+00' FROM generate_series(1, 12000) n`;
    expect(await replicated.run({ chunkRows: 5000 })).toMatchObject({ read: 12_000, inserted: 12_000, start: "fresh" });
    await expectSame(replicated, 12_000);
    expect(await replicated.run()).toMatchObject({ read: 0, start: "incremental" });

    await source.begin(async (transaction) => {
      await transaction`INSERT INTO notes VALUES (20001, 'new', NULL, 'null', 'infinity'), (20002, 'short-lived', '', '[]', NULL)`;
      await transaction`UPDATE notes SET name = 'changed', document = '"text"' WHERE id <= 10`;
      await transaction`UPDATE notes SET name = 'changed again' WHERE id <= 5`;
      await transaction`DELETE FROM notes WHERE id = 20002 OR id BETWEEN 6 AND 8`;
    });
    await source`UPDATE notes SET id = id + 30000 WHERE id IN (9, 10)`;
    await source`INSERT INTO notes VALUES (9, 'another')`;
    await source`DELETE FROM notes WHERE id = 20001`;
    await source`INSERT INTO notes VALUES (20001, 'back')`;
    expect(await replicated.run()).toMatchObject({ read: 26 });
    await expectSame(replicated, 11_999);
    if (deletion === "hard") return;
    const [marked] =
      await replicated.target`SELECT count(*)::int AS n FROM notes WHERE deleted_at BETWEEN now() - interval '1 hour' AND now()`;
    expect(marked).toEqual({ n: 5 });
  });

  test("C9: a table that was truncated, and what came before and after in one run", async () => {
    await using replicated = await openReplicated(deletion);
    const { source } = replicated;
    await source`INSERT INTO notes SELECT n, 'old' FROM generate_series(1, 100) n`;
    await replicated.run();
    await source`UPDATE notes SET name = 'changed' WHERE id < 50`;
    await source`TRUNCATE notes`;
    await source`INSERT INTO notes SELECT n, 'new' FROM generate_series(90, 110) n`;
    expect(await replicated.run()).toMatchObject({ read: 71, deleted: 1, removed: 89 });
    await expectSame(replicated, 21);
    await source`TRUNCATE notes`;
    expect(await replicated.run()).toMatchObject({ read: 1, deleted: 1 });
    await expectSame(replicated, 0);
  });
});

describe("a long value that an update left as it was is kept", () => {
  test.for(["DEFAULT", "FULL"])("REPLICA IDENTITY %s", async (identity) => {
    await using replicated = await openReplicated();
    const { source } = replicated;
    await source.unsafe(
      `ALTER TABLE notes REPLICA IDENTITY ${identity}; ALTER TABLE notes ALTER body SET STORAGE EXTERNAL`,
    );
    await source.unsafe(`INSERT INTO notes SELECT n, 'name', ${LONG} || n FROM generate_series(1, 20) n`);
    await replicated.run();
    const kept: unknown[] = [];
    await source`UPDATE notes SET name = 'once' WHERE id <= 10`;
    await source.unsafe(`UPDATE notes SET body = ${LONG} WHERE id = 2`);
    await source`UPDATE notes SET id = 103 WHERE id = 3`;
    await source`DELETE FROM notes WHERE id = 4`;
    // New to the target, and changed before it was ever read.
    await source.unsafe(`INSERT INTO notes SELECT 50, 'new', ${LONG}`);
    await source`UPDATE notes SET name = 'newer' WHERE id = 50`;
    await replicated.run({ watch: ({ after }) => kept.push(after?.["body"]) });
    expect(kept.every((body) => body !== null)).toBe(true);
    await expectSame(replicated, 20);
  });
});

test("a table that was altered in between", async () => {
  await using replicated = await openReplicated();
  const { source } = replicated;
  await source`INSERT INTO notes VALUES (1, 'one', 'body')`;
  await replicated.run();
  await source`UPDATE notes SET name = 'before' WHERE id = 1`;
  await source`ALTER TABLE notes ADD COLUMN extra int DEFAULT 7, ALTER name TYPE varchar(40)`;
  await source`INSERT INTO notes VALUES (2, 'after', 'body', NULL, NULL, 8)`;
  await source`ALTER TABLE notes DROP COLUMN document`;
  await source`ALTER TABLE notes ADD COLUMN document jsonb`;
  await source`INSERT INTO notes (id, name, document) VALUES (3, 'later', '{"a": 1}')`;
  expect(await replicated.run()).toMatchObject({ read: 3, rejected: 0 });
  await expectSame(replicated, 3);
});

describe("nothing is lost or repeated", () => {
  test("C25: a run that fails within a large transaction, and the server keeps all until it is committed", async () => {
    await using replicated = await openReplicated();
    const { source } = replicated;
    await replicated.run();
    const before = await replicated.places();
    expect(before.confirmed).toBe(before.checkpoint);
    await source`INSERT INTO notes SELECT n, 'first' FROM generate_series(1, 30000) n`;
    await source`UPDATE notes SET name = 'second' WHERE id % 3 = 0`;
    let seen = 0;
    const failing = replicated.run({
      chunkRows: 5000,
      watch: () => {
        if ((seen += 1) > 22_000) throw new Error("stopped");
      },
    });
    await expect(failing).rejects.toThrow("stopped");
    const [committed] = await replicated.target`SELECT count(*)::int AS n FROM notes`;
    expect(committed!["n"]).toBeGreaterThan(4000);
    expect((await replicated.places()).confirmed).toBe(before.confirmed);
    const left: ChangeCount = { events: 0 };
    const metadata = await replicated.run({ chunkRows: 5000, watch: () => (left.events += 1) });
    // No more than what was not committed is read.
    expect(left.events).toBe(40_000 - (committed!["n"] as number));
    expect(metadata).toMatchObject({ start: "resume", read: 40_000, superseded: 0 });
    await expectSame(replicated, 30_000);
    const after = await replicated.places();
    expect(after.confirmed).toBe(after.checkpoint);
  });

  test("C25: and one that fails while the rows are read that were there", async () => {
    await using replicated = await openReplicated();
    const { source } = replicated;
    await source`INSERT INTO notes SELECT n, 'first' FROM generate_series(1, 30000) n`;
    let seen = 0;
    const failing = replicated.run({
      chunkRows: 5000,
      watch: () => {
        if ((seen += 1) > 22_000) throw new Error("stopped");
      },
    });
    await expect(failing).rejects.toThrow("stopped");
    await source`UPDATE notes SET name = 'meanwhile' WHERE id % 2 = 0`;
    await source`DELETE FROM notes WHERE id % 3 = 0`;
    await replicated.run({ chunkRows: 5000 });
    await expectSame(replicated, 20_000);
  });

  test("whatever happens between runs, in whatever transactions", async () => {
    await using replicated = await openReplicated();
    const { source } = replicated;
    let seed = 11;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const statements = [
      () =>
        source`INSERT INTO notes SELECT n, 'v' || ${random(1e6)}::text FROM generate_series(${random(300)}::int, ${300 + random(60)}::int) n ON CONFLICT DO NOTHING`,
      () => source`UPDATE notes SET name = 'u' || ${random(1e6)}::text WHERE id % 7 = ${random(7)}`,
      () => source`DELETE FROM notes WHERE id % 11 = ${random(11)}`,
      () =>
        source`UPDATE notes SET id = id + 1000 WHERE id BETWEEN ${random(200)}::int AND ${200 + random(20)}::int AND id < 400`,
      () => source`UPDATE notes SET id = id - 1000 WHERE id > 1000 AND id - 1000 NOT IN (SELECT id FROM notes)`,
      () => source`TRUNCATE notes`,
    ];
    for (let round = 0; round < 12; round += 1) {
      for (let step = 0; step < 5; step += 1) await statements[random(round % 4 === 3 ? 6 : 5)]!().catch(refused);
      let left = random(800);
      const watch = () => {
        if ((left -= 1) === 0) throw new Error("stopped");
      };
      await replicated
        .run({ chunkRows: 100, watch })
        .catch((error: Error) => expect(error.message).toContain("stopped"));
      if (round % 3 !== 2) continue;
      await replicated.run({ chunkRows: 100 });
      const { source: given, target } = await replicated.rows();
      expect(target).toEqual(given);
    }
  });
});

/** Of statements made up at random, some are. */
function refused(error: { readonly code?: string }): void {
  expect(error.code).toBe("23505");
}

interface ChangeCount {
  events: number;
}

describe("what can not be replicated is refused", () => {
  test("changes that the server has forgotten", async () => {
    await using replicated = await openReplicated();
    await replicated.run();
    await replicated.source`INSERT INTO notes VALUES (1)`;
    await replicated.source`SELECT pg_replication_slot_advance(${replicated.slot}, pg_current_wal_lsn())`;
    await expect(replicated.run()).rejects.toThrow("[SLOT_LOST]");
    await replicated.source`SELECT pg_drop_replication_slot(${replicated.slot})`;
    await expect(replicated.run()).rejects.toThrow("[SLOT_LOST]");
    // As the message says.
    await replicated.target`DELETE FROM millrace.checkpoints`;
    await replicated.run();
    await expectSame(replicated, 1);
  });

  test("a table that is not published", async () => {
    await using replicated = await openReplicated("hard", "Odd publication");
    await replicated.run();
    await replicated.source`ALTER PUBLICATION "Odd publication" DROP TABLE notes`;
    await expect(replicated.run()).rejects.toThrow(
      /\[REPLICATION\].*publication Odd publication has no table public.notes.*ALTER PUBLICATION "Odd publication" ADD TABLE public.notes/,
    );
  });
});

test("C25: killed again and again, nothing is lost or repeated", async () => {
  await using replicated = await openReplicated();
  const { source, slot, targetUrl, replicatorUrl } = replicated;
  await source`INSERT INTO notes SELECT n, 'there' FROM generate_series(1, 2000) n`;
  let next = 5000;
  for (const events of [500, 1100, 1900, 400, 700, 350, 1500]) {
    const { signal } = await execa(
      process.execPath,
      [`${import.meta.dirname}/killed-child.ts`, replicatorUrl, targetUrl, slot, String(events)],
      { reject: false },
    );
    expect(signal).toBe("SIGKILL");
    await source`UPDATE notes SET name = 'changed ' || ${next}::int WHERE id % 7 = ${next % 7}`;
    await source`INSERT INTO notes SELECT n, 'new' FROM generate_series(${next}::int, ${next + 250}::int) n`;
    await source`DELETE FROM notes WHERE id % 11 = ${next % 11}`;
    next += 1001;
  }
  await replicated.run();
  await expectSame(replicated, Number((await source`SELECT count(*)::int AS n FROM notes`)[0]!["n"]));
  const [counted] = await replicated.target`SELECT status, counts FROM millrace.runs ORDER BY epoch DESC LIMIT 1`;
  expect(counted).toMatchObject({ status: "finished", counts: { rejected: 0 } });
  expect(await replicated.run()).toMatchObject({ read: 0 });
});

test("a dry run makes no slot, and moves none", async () => {
  await using replicated = await openReplicated();
  const { source } = replicated;
  const slots = async () =>
    await source`SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = ${replicated.slot}`;
  await source`INSERT INTO notes SELECT n, 'there' FROM generate_series(1, 20) n`;
  expect(await replicated.run({ dryRun: true })).toMatchObject({ read: 20, inserted: 20 });
  expect(await slots()).toEqual([]);
  await replicated.run();
  const before = await slots();
  await source`UPDATE notes SET name = 'changed' WHERE id < 6`;
  expect(await replicated.run({ dryRun: true })).toMatchObject({ read: 5, updated: 5 });
  expect(await slots()).toEqual(before);
  expect(await replicated.run()).toMatchObject({ read: 5, updated: 5 });
  await expectSame(replicated, 20);
});

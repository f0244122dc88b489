import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/node-postgres";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noCounts } from "../../src/record/counts.ts";
import { beginAttempt, type Begun } from "../../src/state/begin-attempt.ts";
import { recordNothing, recordProgress, type Attempt, type Progress } from "../../src/state/ledger.ts";
import { openState } from "../../src/state/open-state.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

async function sessions() {
  const url = await server.createDatabase(`attempts_${randomUUID().slice(0, 8)}`);
  await (await openState(url))[Symbol.asyncDispose]();
  const pool = new pg.Pool({ connectionString: url });
  return { pool, db: drizzle(pool), [Symbol.asyncDispose]: () => pool.end() };
}

const start = (schedulerRunId: string) => ({
  id: randomUUID(),
  operator: "orders",
  partition: "2024-01-01",
  schedulerRunId,
  retryNumber: 0,
});
const report = { source: "a.csv", bytesRead: 1, durationMs: 1, sample: [] };
const progress: Progress = {
  position: 3,
  source: "fingerprint",
  cursor: null,
  counts: { ...noCounts(), read: 3, inserted: 3 },
  commits: 1,
  finished: true,
  dataVersion: "v1",
  report,
  superseded: "all",
};

function attemptOf(begun: Begun): Attempt {
  if ("finishedBefore" in begun) throw new Error("it was finished before");
  return begun.attempt;
}

async function waitForLock(pool: pg.Pool): Promise<void> {
  const waiting = async () => {
    const { rows } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    return rows.length;
  };
  while ((await waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("C2: an attempt that waits while the same run finishes the partition", () => {
  test.for(["progress", "nothing"] as const)("hears of it (%s)", async (what) => {
    await using sql = await sessions();
    await recordProgress(sql.db, attemptOf(await beginAttempt(sql.db, start("run 0"))), progress);
    const first = attemptOf(await beginAttempt(sql.db, start("run 1")));
    let begun: Promise<Begun> | undefined;
    await sql.db.transaction(async (tx) => {
      if (what === "progress") await recordProgress(tx, first, progress);
      else await recordNothing(tx, first, report);
      begun = beginAttempt(sql.db, start("run 1"));
      await waitForLock(sql.pool);
    });
    expect(await begun).toMatchObject({ finishedBefore: { report } });
    expect((await sql.pool.query("SELECT FROM millrace.runs")).rowCount).toBe(2);
  });
});

test("C2: an attempt that waits while another run finishes the partition begins anew", async () => {
  await using sql = await sessions();
  await recordProgress(sql.db, attemptOf(await beginAttempt(sql.db, start("run 1"))), progress);
  const other = attemptOf(await beginAttempt(sql.db, start("run 2")));
  let begun: Promise<Begun> | undefined;
  await sql.db.transaction(async (tx) => {
    await recordProgress(tx, other, progress);
    begun = beginAttempt(sql.db, start("run 1"));
    await waitForLock(sql.pool);
  });
  expect(attemptOf((await begun)!)).toMatchObject({ epoch: 3 });
});

test("C3: of attempts that begin at once each has an epoch of its own, and knows what is before it", async () => {
  await using sql = await sessions();
  let second: Promise<Begun> | undefined;
  await sql.db.transaction(async (tx) => {
    await recordProgress(tx, attemptOf(await beginAttempt(tx, start("run 1"))), { ...progress, finished: false });
    second = beginAttempt(sql.db, start("run 2"));
    await waitForLock(sql.pool);
  });
  // It has waited for the first one's row, which was not there when it began.
  expect(await second).toMatchObject({ attempt: { epoch: 2 }, previous: { status: "running", position: 3 } });
  const others = await Promise.all(
    Array.from({ length: 8 }, (_, run) => beginAttempt(sql.db, start(`other ${run}`)).then(attemptOf)),
  );
  expect(others.map(({ epoch }) => epoch).toSorted((one, other) => one - other)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  const { rows } = await sql.pool.query<{ epoch: string }>("SELECT epoch FROM millrace.runs ORDER BY epoch");
  expect(rows.map(({ epoch }) => Number(epoch))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("an attempt that is begun twice is the same", async () => {
  await using sql = await sessions();
  const given = start("run 1");
  const once = await beginAttempt(sql.db, given);
  expect(once).toEqual({ attempt: expect.objectContaining({ epoch: 1 }) as unknown, previous: null });
  expect(attemptOf(await beginAttempt(sql.db, given))).toEqual(attemptOf(once));
  expect((await sql.pool.query("SELECT FROM millrace.runs")).rowCount).toBe(1);
});

test("C3: an attempt that is fenced off changes nothing, whatever it records", async () => {
  await using sql = await sessions();
  const { db, pool } = sql;
  const old = attemptOf(await beginAttempt(db, start("run 1")));
  await pool.query(
    `INSERT INTO millrace.dead_letters (operator, partition, run_id, code, reason, source)
     VALUES ('orders', '2024-01-01', $1, 'C', 'r', 's')`,
    [randomUUID()],
  );
  await beginAttempt(db, start("run 2"));
  const content = async () =>
    await Promise.all(
      ["runs", "checkpoints", "dead_letters"].map(async (table) => (await pool.query(`TABLE millrace.${table}`)).rows),
    );
  const before = await content();
  await expect(recordProgress(db, old, progress)).rejects.toThrow("[FENCED]");
  await expect(recordNothing(db, old, report)).rejects.toThrow("[FENCED]");
  expect(await content()).toEqual(before);
});

test("C3: an attempt that waits for another to begin is fenced off by it", async () => {
  await using sql = await sessions();
  const old = attemptOf(await beginAttempt(sql.db, start("run 1")));
  let late: Promise<unknown> | undefined;
  await sql.db.transaction(async (tx) => {
    await beginAttempt(tx, start("run 2"));
    late = recordProgress(sql.db, old, progress).catch((error: unknown) => error);
    await waitForLock(sql.pool);
  });
  expect(String(await late)).toContain("[FENCED]");
  const { rows } = await sql.pool.query("SELECT status, position FROM millrace.checkpoints");
  expect(rows).toEqual([{ status: "running", position: "0" }]);
});

test("a commit keeps a cursor that it does not name, and supersedes what it says of earlier dead letters", async () => {
  await using sql = await sessions();
  const { db, pool } = sql;
  const attempt = attemptOf(await beginAttempt(db, start("run 1")));
  const own = [attempt.id, randomUUID()];
  for (const status of ["open", "uncommitted", "replayed"]) {
    for (const run of own) {
      await pool.query(
        `INSERT INTO millrace.dead_letters (operator, partition, run_id, status, code, reason, source)
         VALUES ('orders', '2024-01-01', $1, $2, 'C', 'r', 's')`,
        [run, status],
      );
    }
  }
  const letters = async () => {
    const { rows } = await pool.query<{ status: string }>("SELECT status FROM millrace.dead_letters ORDER BY id");
    return rows.map(({ status }) => status);
  };
  const cursor = { at: "2024-01-01", id: "9007199254740993", empty: null };
  const some = { ...progress, finished: false, report: null, dataVersion: null };
  await recordProgress(db, attempt, { ...some, cursor, superseded: null });
  expect(await letters()).toEqual(["open", "open", "uncommitted", "uncommitted", "replayed", "replayed"]);
  await recordProgress(db, attempt, { ...some, superseded: "uncommitted" });
  expect(await letters()).toEqual(["open", "open", "uncommitted", "superseded", "replayed", "replayed"]);
  await recordProgress(db, attempt, progress);
  expect(await letters()).toEqual(["open", "superseded", "uncommitted", "superseded", "replayed", "replayed"]);
  const { rows } = await pool.query(
    "SELECT cursor, kept.status, run.status AS run, data_version, ended_at IS NOT NULL AS ended FROM millrace.checkpoints kept JOIN millrace.runs run ON run.id = run_id",
  );
  expect(rows).toEqual([{ cursor, status: "finished", run: "finished", data_version: "v1", ended: true }]);
});

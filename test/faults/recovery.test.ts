import type { LoadOperator } from "@millrace/sdk";
import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BEGINS, loadOperator, openDatabase, variants, type LoadedDatabase, type Strategy } from "./loads.ts";
import { Proxy, type Instant } from "./proxy.ts";

let server: PostgresServer;
beforeAll(async () => {
  // Only the server crashes, and not the machine: recovery need not wait for a busy disk.
  server = await startPostgres({ settings: { max_connections: 12, fsync: false } });
});
afterAll(() => server[Symbol.asyncDispose]());

interface RunOptions extends Partial<Pick<LoadOperator, "timeouts">> {
  readonly strategy: Strategy;
  readonly databaseUrl?: string;
}

async function expectLoads(database: LoadedDatabase, { strategy, databaseUrl = database.url, ...more }: RunOptions) {
  const { materializations } = await runOperator(loadOperator(strategy, database.file, more), {
    databaseUrl,
    ...(strategy === "delete-insert" && { partitions: ["2024-01-01"] }),
  });
  await database.expectLoaded();
  const [ledger] = await database.sql`SELECT status, counts FROM millrace.runs ORDER BY epoch DESC LIMIT 1`;
  expect(ledger).toMatchObject({ status: "finished", counts: { read: 3000, rejected: 0 } });
  // Nothing was done twice: the second time it would be unchanged.
  const { inserted, updated } = materializations[0]!.metadata;
  expect(Number(inserted) + Number(updated)).toBe(3000);
}

/** At the how manieth COMMIT of a load: those of the state are written in small letters. */
function commit(number: number, delivered: boolean): Instant {
  let left = number;
  return { when: ({ sql }) => sql === "COMMIT" && (left -= 1) === 0, delivered };
}

/** A session beside the load. */
async function beside<T>({ url }: LoadedDatabase, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** Until so many sessions of the load wait for a lock. */
async function waiting(sql: Sql): Promise<void> {
  const waits = async () =>
    await sql`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'millrace items%' AND wait_event_type = 'Lock'`;
  while ((await waits()).length === 0) await delay(10);
}

describe("C1: where the connection is lost at COMMIT, the ledger is asked before anything is repeated", () => {
  for (const variant of variants) {
    test.for([true, false])(
      `${variant.strategy}, filled ${variant.filled}, COMMIT delivered: %s`,
      async (delivered) => {
        const { strategy } = variant;
        await using database = await openDatabase(server, variant);
        await using proxy = await Proxy.open(database.url);
        let struck = false;
        proxy.at(commit(["append", "upsert"].includes(strategy) ? 3 : 1, delivered), () => {
          struck = true;
          proxy.cut();
        });
        await expectLoads(database, { strategy, databaseUrl: proxy.url });
        expect(struck).toBe(true);
      },
    );
  }
});

describe("C26: what passes is tried again", () => {
  test.for(variants)("PostgreSQL crashes and comes back: $strategy, filled $filled", async (variant) => {
    await using database = await openDatabase(server, variant);
    await using proxy = await Proxy.open(database.url);
    let restarted: Promise<void> | undefined;
    proxy.at({ when: ({ sql }) => sql?.includes("COPY ") === true, delivered: true }, () => {
      restarted = server.kill().then(() => server.restart());
    });
    await expectLoads(database, { strategy: variant.strategy, databaseUrl: proxy.url });
    expect(restarted).toBeDefined();
    await restarted;
  });

  test.for(variants)("all connections are cut: $strategy, filled $filled", async (variant) => {
    await using database = await openDatabase(server, variant);
    await using proxy = await Proxy.open(database.url);
    let done: Promise<unknown> | undefined;
    proxy.at({ when: ({ sql }) => sql?.includes("COPY ") === true, delivered: false }, () => {
      done = beside(
        database,
        (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace%'`,
      );
    });
    await expectLoads(database, { strategy: variant.strategy, databaseUrl: proxy.url });
    expect(done).toBeDefined();
    await done;
  });

  test("there are too many connections for a while", async () => {
    await using database = await openDatabase(server, { strategy: "append" });
    const sessions = Array.from({ length: 11 }, () => postgres(database.url, { max: 1, connect_timeout: 2 }));
    await Promise.allSettled(sessions.map((sql) => sql`SELECT 1`));
    const loading = expectLoads(database, { strategy: "append" });
    await delay(300);
    await Promise.all(sessions.map((sql) => sql.end()));
    await loading;
  });

  test.for(variants)("a lock is not had in time: $strategy, filled $filled", async (variant) => {
    await using database = await openDatabase(server, variant);
    await beside(database, async (sql) => {
      await sql`BEGIN`;
      await sql`LOCK TABLE items IN EXCLUSIVE MODE`;
      const timeouts = { lockMs: 300, statementMs: 60_000, idleMs: 60_000 };
      const loading = expectLoads(database, { strategy: variant.strategy, timeouts });
      loading.catch(() => {});
      await waiting(database.sql);
      await delay(400);
      await sql`COMMIT`;
      await loading;
    });
  });

  test("a deadlock is broken at the load's expense", async () => {
    await using database = await openDatabase(server, { strategy: "upsert", filled: true });
    // The load has the row with id 5, and is about to take the one with id 9.
    await database.sql
      .unsafe(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
      CREATE TRIGGER slow AFTER UPDATE ON items FOR EACH ROW WHEN (NEW.id = 5 AND NEW.note <> 'mine') EXECUTE FUNCTION slow()`);
    await database.sql`UPDATE items SET note = 'mine' WHERE id = 5`;
    await beside(database, async (sql) => {
      await sql`SET deadlock_timeout = '30s'`;
      await sql`BEGIN`;
      await sql`UPDATE items SET note = 'mine' WHERE id = 9`;
      const loading = expectLoads(database, { strategy: "upsert" });
      loading.catch(() => {});
      await waiting(database.sql);
      await sql`UPDATE items SET note = 'mine' WHERE id = 5`;
      await sql`COMMIT`;
      await loading;
    });
    const [stats] = await database.sql`SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`;
    expect(stats?.["deadlocks"]).toBe(1);
  });

  test("the disk is full for a while", async () => {
    await using database = await openDatabase(server, { strategy: "upsert" });
    await database.sql.unsafe(`CREATE SEQUENCE times;
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('times') <= 2 THEN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT ON items FOR EACH ROW WHEN (NEW.id = 700) EXECUTE FUNCTION full_disk()`);
    await expectLoads(database, { strategy: "upsert" });
    const [times] = await database.sql`SELECT last_value::int AS value FROM times`;
    expect(times).toEqual({ value: 3 });
  });
});

test("C26: where the server does not come back, the load fails and says so", async () => {
  await using database = await openDatabase(server, { strategy: "append" });
  await using proxy = await Proxy.open(database.url);
  proxy.at({ when: ({ sql }) => sql?.includes("COPY ") === true, delivered: true }, () => void proxy.refuse());
  const failed = expectLoads(database, { strategy: "append", databaseUrl: proxy.url });
  await expect(failed).rejects.toThrow(/\[DATABASE_UNREACHABLE\].*tried 8 times/s);
});

test.for([
  ["the beginning of a load", BEGINS],
  ["rows", "COPY"],
  ["a statement", "WITH merged"],
  ["a commit", "COMMIT"],
])(
  "C23: a server that does not answer to %s any more is given up, and the load goes on elsewhere",
  async ([, statement]) => {
    await using database = await openDatabase(server, { strategy: "upsert", filled: true });
    await using proxy = await Proxy.open(database.url);
    let muted = false;
    proxy.at(
      { when: ({ sql, parsed }) => (sql ?? parsed)?.trimStart().startsWith(statement!) === true, delivered: true },
      ({ silence }) => {
        silence();
        muted = true;
      },
    );
    const timeouts = { lockMs: 1000, statementMs: 1000, idleMs: 1000 };
    await expectLoads(database, { strategy: "upsert", databaseUrl: proxy.url, timeouts });
    expect(muted).toBe(true);
  },
);

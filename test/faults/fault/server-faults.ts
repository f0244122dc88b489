import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { connected } from "../world/observe.ts";
import { LOCKS_LAST_MS } from "../world/limits.ts";
import type { Fault, Scene } from "./fault.ts";

/** Less than what is tried again waits in all, however unlucky its jitter. */
const PASSING_MS = 400;

/** What befalls PostgreSQL. */
export const serverFaults: readonly Fault[] = [
  {
    name: "crash",
    title: "PostgreSQL killed and started again",
    passes: true,
    strike: async ({ server }) => {
      await server.kill();
      await server.restart();
    },
  },
  {
    name: "restart",
    title: "PostgreSQL shut down and started again",
    passes: true,
    strike: async ({ server }) => await server.restart(),
  },
  {
    name: "terminate",
    title: "sessions ended by an administrator",
    passes: true,
    strike: async ({ url, connection }) => {
      connection.release();
      await connected(
        url,
        (sql) => sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'millrace%' AND datname = current_database()`,
      );
    },
  },
  { name: "crowd", title: "no connection left for a while", passes: true, strike: crowd },
  {
    name: "disk",
    title: "disk of the server full for a while",
    passes: true,
    needs: "disk",
    strike: async ({ disk, connection, recover }) => {
      const release = await disk!.fill();
      connection.release();
      await delay(PASSING_MS);
      await release();
      // It may have gone down where it could write no log either.
      await recover();
    },
  },
  {
    name: "lock",
    title: "lock not had in time",
    passes: true,
    strike: async ({ url, operator, connection }) => {
      connection.release();
      await connected(url, async (sql) => {
        await sql.unsafe(`BEGIN; LOCK TABLE ${operator.name} IN EXCLUSIVE MODE`);
        await delay(LOCKS_LAST_MS + 200);
        await sql`COMMIT`;
      });
    },
  },
  {
    name: "deadlock",
    title: "deadlock",
    passes: true,
    weight: 3,
    strike: async (scene) => await connected(scene.url, (sql) => deadlock(sql, scene)),
  },
];

/** All connections are taken, so that those that are lost can not be had again. */
async function crowd({ url, proxy }: Scene): Promise<void> {
  const guests: Sql[] = [];
  try {
    for (;;) {
      const guest = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 2 });
      guests.push(guest);
      await guest`SELECT 1`;
    }
  } catch {
    proxy.cut();
    await delay(PASSING_MS);
  } finally {
    await Promise.all(guests.map((guest) => guest.end({ timeout: 1 })));
  }
}

/** Holds the partition's line in the checkpoints, and takes the table once the load, which has written to it, waits for that line. */
async function deadlock(sql: Sql, { operator, connection }: Scene): Promise<boolean> {
  const [before] = await deadlocks(sql);
  await sql`SET deadlock_timeout = '30s'`; // it is the load that finds out, and gives way
  await sql`SET lock_timeout = '5s'`;
  await sql`BEGIN`;
  const line = sql`SELECT FROM millrace.checkpoints WHERE operator = ${operator.name} FOR UPDATE`.catch(() => {});
  connection.release();
  await line;
  for (let tries = 0; tries < 40; tries += 1) {
    const waiting = await sql`
      SELECT FROM pg_stat_activity WHERE application_name LIKE ${`millrace ${operator.name}%`} AND wait_event_type = 'Lock'`.catch(
      () => [],
    );
    if (waiting.length > 0) break;
    await delay(20);
  }
  await sql.unsafe(`LOCK TABLE ${operator.name}`).catch(() => {});
  await sql`ROLLBACK`;
  await delay(20);
  const [after] = await deadlocks(sql);
  return after!.number > before!.number;
}

async function deadlocks(sql: Sql): Promise<{ number: number }[]> {
  return await sql<{ number: number }[]>`
    SELECT deadlocks::int AS number FROM pg_stat_database WHERE datname = current_database()`;
}

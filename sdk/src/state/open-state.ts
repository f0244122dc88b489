import { setTimeout as delay } from "node:timers/promises";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { StateDatabase } from "./ledger.ts";
import { isUpToDate, migrateState } from "./migrate.ts";
import { StateClient, type StateAhead } from "./state-client.ts";

/** A connection for everything but rows: state, preflight, checks. One that was lost is made anew for the next question. */
export interface State extends AsyncDisposable {
  readonly db: StateDatabase;
  /** Questions to the connection itself: those that do not wait for each other take one round trip. */
  readonly ask: <T>(questions: (client: pg.ClientBase) => Promise<T>) => Promise<T>;
}

/** How long a connection has to close; then it is dropped. */
const CLOSE_MS = 5000;

export interface StateSession {
  /** SQL for the beginning of each session. */
  readonly settings: string;
  /** A connection that has not answered for so long is given up: what it was asked fails, and the next question has a new one. */
  readonly silenceMs: number;
  /** The first connection, where it has been made already. */
  readonly ahead?: StateAhead | undefined;
  /** What is to be asked of the target at once; what it raises is raised after the schema is up to date. */
  readonly questions?: (client: pg.ClientBase) => Promise<void>;
}

/** Connects and brings the `millrace` schema up to date. Raises the driver's errors, and those of `questions`. */
export async function openState(url: string, session?: StateSession): Promise<State> {
  const settings = session === undefined ? "" : `; ${session.settings}`;
  const clients = new Set<StateClient>();
  const pool = new pg.Pool({
    Client: function connection() {
      const client = session?.ahead?.take(url) ?? new StateClient(url);
      client.silenceMs = session?.silenceMs;
      return client;
    },
    max: 1,
    onConnect: (client: StateClient) => {
      clients.add(client);
      // Fails only where what comes behind it fails too.
      client.query(`SET timezone = 'UTC'${settings}`).catch(() => {});
    },
  } as unknown as pg.PoolConfig);
  pool.on("remove", (client) => clients.delete(client as unknown as StateClient));
  pool.on("error", () => {}); // lost while nothing was asked
  const close = async () => {
    const isIdle = pool.idleCount === pool.totalCount;
    const ended = pool.end();
    if (isIdle) {
      // The server takes its leave without anybody waiting.
      for (const client of clients) client.stream.unref();
      return;
    }
    const stop = new AbortController();
    const late = delay(CLOSE_MS, undefined, { signal: stop.signal });
    await Promise.race([ended, late]);
    for (const client of clients) client.stream.destroy();
    stop.abort();
    late.catch(() => {});
  };
  const ask: State["ask"] = async (questions) => {
    const client = await pool.connect();
    try {
      return await questions(client);
    } finally {
      client.release();
    }
  };
  try {
    const { questions } = session ?? {};
    const asked = await ask(async (client) => {
      const [current, answer] = await Promise.allSettled([isUpToDate(client), questions?.(client)]);
      if (current.status === "rejected") throw current.reason;
      return { current: current.value, answer };
    });
    if (!asked.current) await migrateState(pool);
    if (asked.answer.status === "rejected") throw asked.answer.reason;
  } catch (error) {
    await close();
    throw error;
  }
  return { db: drizzle(pool) as StateDatabase, ask, [Symbol.asyncDispose]: close };
}

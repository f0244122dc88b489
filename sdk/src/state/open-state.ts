import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { StateDatabase } from "./ledger.ts";
import { migrateState } from "./migrate.ts";

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
}

class StateClient extends pg.Client {
  constructor(config: pg.ClientConfig) {
    // Of the connection alone: the pool's own limit would hold for those too who wait until others are done.
    super({ ...config, connectionTimeoutMillis: 15_000 });
    // Whoever asks next hears of it.
    this.on("error", () => {});
  }
}

/** Connects and brings the `millrace` schema up to date. Raises the driver's errors. */
export async function openState(url: string, session?: StateSession): Promise<State> {
  const settings = session === undefined ? "" : `; ${session.settings}`;
  const clients = new Set<pg.Client>();
  const pool = new pg.Pool({
    Client: StateClient as unknown as new () => pg.ClientBase,
    connectionString: url,
    application_name: "millrace state",
    max: 1,
    keepAlive: true,
    pipeline: true,
    ...(session && { query_timeout: session.silenceMs }),
    onConnect: (client) => {
      clients.add(client as pg.Client);
      // Fails only where what comes behind it fails too.
      client.query(`SET timezone = 'UTC'${settings}`).catch(() => {});
    },
  } as pg.PoolConfig);
  pool.on("remove", (client) => clients.delete(client as pg.Client));
  pool.on("error", () => {}); // lost while nothing was asked
  const close = async () => {
    const isIdle = pool.idleCount === pool.totalCount;
    const ended = pool.end();
    if (isIdle) {
      // The server takes its leave without anybody waiting.
      for (const client of clients) streamOf(client).unref();
      return;
    }
    const stop = new AbortController();
    const late = delay(CLOSE_MS, undefined, { signal: stop.signal });
    await Promise.race([ended, late]);
    for (const client of clients) streamOf(client).destroy();
    stop.abort();
    late.catch(() => {});
  };
  try {
    await migrateState(pool);
  } catch (error) {
    await close();
    throw error;
  }
  const ask: State["ask"] = async (questions) => {
    const client = await pool.connect();
    try {
      return await questions(client);
    } finally {
      client.release();
    }
  };
  return { db: drizzle(pool) as StateDatabase, ask, [Symbol.asyncDispose]: close };
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

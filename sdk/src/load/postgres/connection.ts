import type { Socket } from "node:net";
import pg from "pg";
import { databaseError } from "./database-error.ts";
import { DATABASE_TIMEOUTS, longestSilenceMs, timeoutSettings, type DatabaseTimeouts } from "./timeouts.ts";

/** A connection for loading, closed by `await using`. */
export interface LoadConnection extends AsyncDisposable {
  readonly client: pg.Client;
}

export interface ConnectOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`: `millrace flights 2013-01-01 1b4e28ba`. */
  readonly applicationName: string;
  readonly signal: AbortSignal;
  readonly timeouts?: DatabaseTimeouts;
}

/** How long a connection has to close; then it is dropped. */
const CLOSE_MS = 2000;

/** Connects to the target database, with the session in UTC. Raises what `databaseError` makes of a refusal. */
export async function connect(options: ConnectOptions): Promise<LoadConnection> {
  const { url, applicationName, signal, timeouts = DATABASE_TIMEOUTS } = options;
  const longestMs = longestSilenceMs(timeouts);
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  silenceMs.set(client, longestMs);
  giveDeadlines(client, longestMs);
  // A connection that is lost while idle says so here; the next query fails with the same error.
  client.on("error", () => {});
  let isConnected = false;
  // An abort takes the connection away: the server rolls back whatever was not committed. One that is not there yet can not be
  // ended: whoever waits for it would never hear of it.
  const drop = () => {
    if (isConnected) void close(client);
    else dropConnection(client, new Error("The connection was given up"));
  };
  signal.throwIfAborted();
  signal.addEventListener("abort", drop, { once: true });
  const dispose = async () => {
    signal.removeEventListener("abort", drop);
    await close(client);
  };
  try {
    await client.connect();
    isConnected = true;
    await client.query(sessionSettings(timeouts));
  } catch (error) {
    void dispose();
    throw databaseError(error, url);
  }
  return { client, [Symbol.asyncDispose]: dispose };
}

/** SQL for the beginning of a session. */
function sessionSettings(timeouts: DatabaseTimeouts): string {
  return `SET timezone = 'UTC'; SET datestyle = 'ISO'; ${timeoutSettings(timeouts)}`;
}

/** Leaves nothing in a session of what was done in it: settings, locks, temporary tables. It must be in no transaction. */
export async function clearSession(client: pg.Client): Promise<void> {
  await client.query("DISCARD ALL");
}

/** Makes a cleared session what `connect` would have made. */
export async function renewSession(
  client: pg.Client,
  { applicationName, timeouts = DATABASE_TIMEOUTS }: Pick<ConnectOptions, "applicationName" | "timeouts">,
): Promise<void> {
  const name = client.escapeLiteral(applicationName.slice(0, 63));
  await client.query(`${sessionSettings(timeouts)}; SET application_name = ${name}`);
}

/** Whether nothing is under way on a connection, and no transaction open; false of one that is lost. */
export function isAtRest(client: pg.Client): boolean {
  const { readyForQuery } = client as unknown as { readonly readyForQuery: boolean };
  return readyForQuery && client.getTransactionStatus() === "I" && streamOf(client).writable;
}

/**
 * Lets each query fail with an error after `deadlineMs`, but for streams: their timer would go on after their end, and
 * strike whatever is there then. `copyRows` watches its own.
 */
function giveDeadlines(client: pg.Client, deadlineMs: number): void {
  const query = client.query.bind(client) as (config: unknown, ...rest: unknown[]) => unknown;
  const withDeadline = (config: unknown, ...rest: unknown[]) => {
    if (typeof config === "string") return query({ text: config, query_timeout: deadlineMs }, ...rest);
    const isStream = typeof (config as { submit?: unknown }).submit === "function";
    return query(isStream ? config : { ...(config as object), query_timeout: deadlineMs }, ...rest);
  };
  client.query = withDeadline as typeof client.query;
}

const silenceMs = new WeakMap<pg.Client, number>();

/** How long at most nothing may be heard of a server that is at work. */
export function longestSilenceOf(client: pg.Client): number {
  return silenceMs.get(client) ?? longestSilenceMs(DATABASE_TIMEOUTS);
}

/** Takes a connection away at once; what it was doing fails with this error. */
export function dropConnection(client: pg.Client, error?: Error): void {
  streamOf(client).destroy(error);
}

/** A server that does not answer does not keep a connection from being closed either. */
async function close(client: pg.Client): Promise<void> {
  const late = setTimeout(() => dropConnection(client), CLOSE_MS);
  const ending = client.end().catch(() => {});
  const ended = ending.finally(() => clearTimeout(late));
  if (client.getTransactionStatus() !== "I") return await ended;
  // Nothing of it is open: the server takes its leave, and drops temporary tables, without anybody waiting.
  late.unref();
  streamOf(client).unref();
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

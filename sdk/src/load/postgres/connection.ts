import pg from "pg";
import { databaseError } from "./database-error.ts";

/** A connection for loading, closed by `await using`. */
export interface LoadConnection extends AsyncDisposable {
  readonly client: pg.Client;
}

export interface ConnectOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`: `millrace flights 2013-01-01`. */
  readonly applicationName: string;
  readonly signal: AbortSignal;
}

/** Longest wait for a lock, and longest single statement: a load that hangs is worse than one that fails. */
const SESSION =
  "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET lock_timeout = '60s'; SET statement_timeout = '1h'; SET idle_in_transaction_session_timeout = '10min'";

/** Connects to the target database, with the session in UTC. Raises what `databaseError` makes of a refusal. */
export async function connect({ url, applicationName, signal }: ConnectOptions): Promise<LoadConnection> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
  });
  // A connection that is lost while idle says so here; the next query fails with the same error.
  client.on("error", () => {});
  // An abort takes the connection away: the server rolls back whatever was not committed.
  const drop = () => void client.end().catch(() => {});
  signal.throwIfAborted();
  signal.addEventListener("abort", drop, { once: true });
  try {
    await client.connect();
    await client.query(SESSION);
  } catch (error) {
    signal.removeEventListener("abort", drop);
    drop();
    throw databaseError(error, url);
  }
  return {
    client,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", drop);
      await client.end().catch(() => {});
    },
  };
}

import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import type { StateDatabase } from "./ledger.ts";
import { migrateState } from "./migrate.ts";

/** A connection for everything but rows: state, preflight, checks. */
export interface State extends AsyncDisposable {
  readonly db: StateDatabase;
  readonly sql: Sql;
}

/** Connects and brings the `millrace` schema up to date. Raises the driver's errors. */
export async function openState(url: string): Promise<State> {
  const connection = { application_name: "millrace state", TimeZone: "UTC" };
  const open = () => postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 15, connection });
  const sql = open();
  // drizzle changes the client that it is given (dates and JSON then pass through it raw), so it gets one of its own.
  const drizzled = open();
  const close = async () => {
    await Promise.all([sql.end({ timeout: 5 }), drizzled.end({ timeout: 5 })]);
  };
  try {
    await migrateState(drizzled);
  } catch (error) {
    await close();
    throw error;
  }
  return { db: drizzle(drizzled) as StateDatabase, sql, [Symbol.asyncDispose]: close };
}

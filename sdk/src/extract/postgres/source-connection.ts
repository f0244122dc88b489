import { FatalError } from "../../errors/millrace-error.ts";
import { connect, type LoadConnection } from "../../load/postgres/connection.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";

/** Of sessions that only read a source: they hold back no other's horizon. */
export const SOURCE_APPLICATION = "millrace source";

/** Dates and numbers as the target reads them, whatever the server's settings. */
const SESSION = `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET client_encoding = 'UTF8'`;

/** A source's URL: given as such, or as the name of an environment variable. Raises FatalError SOURCE_URL_MISSING, DATABASE_URL_INVALID. */
function sourceUrl(database: string): string {
  if (database.includes("://")) return databaseUrl({ DATABASE_URL: database });
  const url = process.env[database];
  if (url) return databaseUrl({ DATABASE_URL: url }, database);
  throw new FatalError("SOURCE_URL_MISSING", `${database} is not set`, {
    fix: "Set it to the source's database, e.g. postgresql://user:password@host:5432/database",
  });
}

/** `postgresql://host:port/database/schema.table`, without user and password. */
export function sourceUri(database: string, relation: string): string {
  if (!database.includes("://") && !process.env[database]) return `${database}/${relation}`;
  const { host, pathname } = new URL(sourceUrl(database));
  return `postgresql://${host}${pathname}/${relation}`;
}

/** Connects to the source, with the session in UTC; it may take its time, and wait for the target. Raises what `connect` does. */
export async function connectSource(
  database: string,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<LoadConnection> {
  const connection = await connect({
    url: sourceUrl(database),
    applicationName: `${SOURCE_APPLICATION} ${name}`,
    signal,
  });
  try {
    await connection.client.query(SESSION);
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

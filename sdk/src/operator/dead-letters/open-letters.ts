import postgres, { type Sql } from "postgres";

/** A connection to dead letters, of which there may be many: they come a few at a time. */
export interface Letters extends AsyncDisposable {
  readonly sql: Sql;
}

/** Connects when something is asked. The state's schema has to be there. */
export function openLetters(url: string): Letters {
  const connection = { application_name: "millrace dead letters", TimeZone: "UTC" };
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 15, connection });
  return { sql, [Symbol.asyncDispose]: async () => await sql.end({ timeout: 5 }) };
}

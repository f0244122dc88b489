import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import postgres, { type Sql } from "postgres";

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  /** The rows of a query, each as one text. */
  lines(query: string): Promise<string[]>;
}

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

export async function testDatabase(statements = ""): Promise<TestDatabase> {
  server ??= await startPostgres();
  const url = await server.createDatabase(`operators_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  if (statements !== "") await sql.unsafe(statements);
  return {
    url,
    sql,
    lines: async (query) => (await sql.unsafe(query)).map((row) => Object.values(row).map(String).join(" ")),
    [Symbol.asyncDispose]: async () => {
      await sql.end();
    },
  };
}

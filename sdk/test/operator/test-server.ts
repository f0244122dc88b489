import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";

/** The version of PostgreSQL that these tests run on: see `vitest.config.ts`. */
export const POSTGRES_VERSION: number = Number(process.env["MILLRACE_TEST_POSTGRES"] ?? 18);

export async function startTestServer(): Promise<PostgresServer> {
  return await startPostgres({ version: POSTGRES_VERSION });
}

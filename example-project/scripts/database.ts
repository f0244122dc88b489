import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { join } from "node:path";
import postgres from "postgres";
import { chosenPort } from "./port.ts";
import { project, stateDirectory } from "./places.ts";

export interface ExampleDatabase {
  readonly server: PostgresServer;
  /** For DATABASE_URL and for psql. */
  readonly url: string;
}

export interface OpenDatabaseOptions {
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Starts the example's PostgreSQL, or finds it running, and brings its tables up to date. */
export async function openDatabase({ onProgress, signal }: OpenDatabaseOptions): Promise<ExampleDatabase> {
  const port = chosenPort("MILLRACE_POSTGRES_PORT");
  const server = await startPostgres({
    directory: join(stateDirectory, "postgres"),
    onProgress,
    signal,
    ...(port !== undefined && { port }),
  });
  const url = await server.createDatabase("nycflights");
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await migrate(drizzle(sql), { migrationsFolder: join(project, "drizzle") });
  } finally {
    await sql.end();
  }
  onProgress(
    `PostgreSQL ${server.adopted ? "was running" : "runs"} on port ${server.port}, its data in ${server.dataDirectory}`,
  );
  return { server, url };
}

import { startPostgres } from "@millrace/sdk/testing";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { ensurePeers, type PeerEnvironment } from "./environment.ts";
import { PeerFiles } from "./files.ts";

/** Everybody's database, files and environment. */
export interface Bench extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  readonly folder: string;
  readonly rows: number;
  readonly files: PeerFiles;
  readonly environment: PeerEnvironment;
  /** The server's settings that matter here, as it says them. */
  settings(): Promise<string>;
  /** Before the server goes. */
  onClose(end: () => Promise<unknown>): void;
}

const SETTINGS = [
  "server_version",
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "wal_level",
  "shared_buffers",
  "max_wal_size",
];

export async function openBench(rows: number): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const environment = await ensurePeers();
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "home"));
  // Durable as PostgreSQL is by default; only checkpoints are not to fall into one contender's run and not another's.
  const server = stack.use(await startPostgres({ settings: { max_wal_size: "4GB" } }));
  // Some ask for a password where none is needed.
  const url = (await server.createDatabase("bench")).replace("postgres@", "postgres:none@");
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end());
  await sql.unsafe("CREATE SCHEMA kept");
  const kept = stack.move();
  return {
    url,
    sql,
    folder,
    rows,
    files: new PeerFiles(folder, rows),
    environment,
    async settings() {
      const found =
        await sql`SELECT name, current_setting(name) AS value FROM pg_settings WHERE name IN ${sql(SETTINGS)}`;
      return found.map(({ name, value }) => `${name} ${value}`).join(", ");
    },
    onClose: (end) => kept.defer(async () => void (await end())),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

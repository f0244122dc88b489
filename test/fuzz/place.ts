import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import postgres, { type Sql } from "postgres";

/** A database of a property's own. */
export interface FuzzDatabase {
  readonly url: string;
  readonly sql: Sql;
}

/** Where cases put their files and tables. */
export interface FuzzPlace extends AsyncDisposable {
  /** Writes a file, over the one of that name; returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** What is to be closed with it, ahead of the server. */
  defer(close: () => Promise<unknown>): void;
  /** A new, empty database. */
  database(): Promise<FuzzDatabase>;
}

export async function openPlace(): Promise<FuzzPlace> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-fuzz-"));
  await using opening = new AsyncDisposableStack();
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  let databases = 0;
  let server: Promise<PostgresServer> | undefined;
  opening.defer(async () => void (await (await server)?.[Symbol.asyncDispose]()));
  const closing = opening.move();
  return {
    defer: (close) => closing.defer(async () => void (await close())),
    async write(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    async database() {
      server ??= startPostgres();
      const url = await (await server).createDatabase(`fuzz_${(databases += 1)}`);
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      closing.defer(() => sql.end());
      return { url, sql };
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

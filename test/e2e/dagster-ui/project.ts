import { startPostgres } from "@millrace/sdk/testing";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import postgres, { type Sql } from "postgres";

const example = join(import.meta.dirname, "../../../example-project");

/** A copy of the example project with the flights of some days, and a database with its tables. */
export interface CopiedProject extends AsyncDisposable {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly sql: Sql;
  /** Changes the text of a day's file; what is given back mends it. */
  readonly changeDay: (day: string, change: (lines: string[]) => string[]) => Promise<() => Promise<void>>;
  /** Makes a day's file one that can not be read; what is given back mends it. */
  readonly poisonDay: (day: string) => Promise<() => Promise<void>>;
}

export async function copyProject(days: readonly string[]): Promise<CopiedProject> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "millrace-ui-"));
  resources.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const name of ["package.json", "millrace.config.ts", "tables.ts", "iso-date.ts", "operators", "orchestrator"])
    await cp(join(example, name), join(folder, name), { recursive: true });
  await symlink(join(example, "node_modules"), join(folder, "node_modules"));
  const file = (day: string) => join(folder, "data", "flights", `${day}.csv.gz`);
  await mkdir(join(folder, "data", "flights"), { recursive: true });
  for (const day of days) await cp(join(example, "data", "flights", `${day}.csv.gz`), file(day));
  for (const table of ["airlines", "airports"])
    await cp(join(example, "data", `${table}.csv.gz`), join(folder, "data", `${table}.csv.gz`));

  const server = resources.use(await startPostgres());
  const sql = postgres(server.url, { max: 2, onnotice: () => {} });
  resources.defer(() => sql.end());
  await migrate(drizzle(sql), { migrationsFolder: join(example, "drizzle") });

  const replaceDay = async (day: string, content: Buffer) => {
    const before = await readFile(file(day));
    await writeFile(file(day), content);
    return () => writeFile(file(day), before);
  };
  const opened = resources.move();
  return {
    folder,
    databaseUrl: server.url,
    sql,
    changeDay: async (day, change) => {
      const lines = gunzipSync(await readFile(file(day)))
        .toString()
        .split("\n");
      return await replaceDay(day, gzipSync(change(lines).join("\n")));
    },
    poisonDay: (day) => replaceDay(day, Buffer.from("no gzip")),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

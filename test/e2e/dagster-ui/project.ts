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
  /** Keeps the load of a day from ending, until what is given back is called: its first row is there, and not committed. */
  readonly holdDay: (day: string) => Promise<() => Promise<void>>;
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
  // A day that a failed test still holds is let go.
  resources.defer(() => sql.end({ timeout: 5 }));
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
    holdDay: async (day) => {
      const [, first = ""] = gunzipSync(await readFile(file(day)))
        .toString()
        .split("\n");
      const { 9: carrier = "", 10: flight = "", 12: origin = "", 13: dest = "" } = first.split(",");
      const held = await sql.reserve();
      await held`BEGIN`;
      await held`INSERT INTO flights (flight_date, carrier, flight, origin, dest, sched_dep_time, sched_arr_time, distance, hour, minute, time_hour)
        VALUES (${day}, ${carrier}, ${flight}, ${origin}, ${dest}, 0, 0, 0, 0, 0, now())`;
      return async () => {
        await held`ROLLBACK`;
        held.release();
      };
    },
    poisonDay: (day) => replaceDay(day, Buffer.from("no gzip")),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

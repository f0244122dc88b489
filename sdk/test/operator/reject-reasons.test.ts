import { upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";
import { afterAll, expect, test } from "vitest";
import { csvFolder, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const rejects = { max: 1e6, maxRatio: 1 };
const CHUNK_ROWS = 1000;
const CHUNKS = 6;
const operator = ordersOperator(upsert({ key: orders.id }), {
  rejects,
  chunks: { maxRows: CHUNK_ROWS, maxBytes: 1e6 },
});

/** Half of the records of each chunk are bad, in three ways. */
const record = (id: number) =>
  id % 2 === 1
    ? `${id},2024-01-01,1,good`
    : id % 8 === 0
      ? `${id},never,1,`
      : id % 4 === 0
        ? `${id},2024-01-01,1,bad`
        : `x,2024-01-01,1,`;
const LINES = `id,day,amount,note\n${Array.from({ length: CHUNK_ROWS * CHUNKS }, (_, id) => record(id)).join("\n")}\n`;
const REASONS = ["| 1500 | SCHEMA | id |", "| 750 | SCHEMA | day |", "| 750 | REJECTED | note |"];

function reasonsIn(shown: unknown): string[] {
  const { raw_value: text } = shown as { readonly raw_value: string };
  return text
    .split("\n")
    .filter((line) => /^\| \d/.test(line))
    .toSorted()
    .toReversed();
}

test("what is shown of a run says why its records were rejected, also where it has gone on behind another", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const folder = await csvFolder({ "a.csv": LINES });
  const run = async () => {
    const options = { databaseUrl: database.url, config: { file: `${folder}/a.csv` } };
    return (await runOperator(operator, options)).materializations[0]!.metadata;
  };
  const expected = REASONS.toSorted().toReversed();
  await database.sql.unsafe(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stop'; END $$;
    CREATE TRIGGER stop BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.id = 4801) EXECUTE FUNCTION stop()`);
  await expect(run()).rejects.toThrow("stop");
  await database.sql`DROP TRIGGER stop ON orders`;
  const resumed = await run();
  expect(resumed).toMatchObject({ start: "resume" });
  expect(reasonsIn(resumed["dead_letters"])).toEqual(expected);
  const again = await run();
  expect(again).toMatchObject({ start: "fresh" });
  expect(reasonsIn(again["dead_letters"])).toEqual(expected);
});

test("the commits of a run do not look at the dead letters of those before them", async () => {
  await using database = await ordersDatabase(", PRIMARY KEY (id)");
  const folder = await csvFolder({ "a.csv": LINES });
  await runOperator(operator, { databaseUrl: database.url, config: { file: `${folder}/a.csv` } });
  const letters = (CHUNK_ROWS * CHUNKS) / 2;
  // What a session has done is known once it has ended.
  while ((await lettersWritten(database.sql)) < letters) await delay(20);
  const [index] = await database.sql<{ read: number }[]>`
    SELECT idx_tup_read::int AS read FROM pg_stat_user_indexes WHERE indexrelname = 'dead_letters_pending'`;
  // The first one looks for those of earlier runs, and finds its own.
  expect(index!.read).toBeLessThanOrEqual(CHUNK_ROWS / 2);
});

async function lettersWritten(sql: Sql): Promise<number> {
  const [table] = await sql<{ written: number }[]>`
    SELECT n_tup_ins::int AS written FROM pg_stat_user_tables WHERE schemaname = 'millrace' AND relname = 'dead_letters'`;
  return table!.written;
}

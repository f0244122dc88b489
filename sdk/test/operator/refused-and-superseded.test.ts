import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const CHUNK = 21;
const line = (id: number, amount: number, note = "good") => `${id},2024-01-01,${amount},${note}\n`;
const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => line(from + index, 1));
const BAD_ONE = [line(1, 1, "forbidden"), ...many(100, CHUNK - 1)];
const CLEAN = many(100, CHUNK);
// Two chunks are under way at a time: the third one knows how the first one was.
const BETWEEN = many(300, CHUNK);

/** What is refused may be older than another row of its key, or newer. */
const CHUNKS = {
  older: { lines: [line(4, 1, "forbidden"), line(4, 2), ...many(200, CHUNK - 2)], rejected: 0, superseded: 1 },
  newer: { lines: [line(4, 1), line(4, 2, "forbidden"), ...many(200, CHUNK - 2)], rejected: 1, superseded: 0 },
  both: {
    lines: [
      line(4, 1, "forbidden"),
      line(4, 2),
      line(4, 3),
      line(4, 4, "forbidden"),
      line(5, 1, "forbidden"),
      ...many(200, CHUNK - 5),
    ],
    rejected: 2,
    superseded: 2,
  },
};

test.for(
  (["last", "amount"] as const).flatMap((order) =>
    (Object.keys(CHUNKS) as (keyof typeof CHUNKS)[]).map((which) => [which, order] as const),
  ),
)(
  "C29: a row that the server would refuse comes to the same whatever the chunks before it were like (the %s one, the newest by %s)",
  async ([which, order]) => {
    const operator = defineOperator({
      name: "orders",
      config: z.object({ file: z.string() }),
      extract: ({ config }) => csv(config.file),
      record: tableRecord(orders),
      target: orders,
      load: upsert({ key: orders.id, ...(order === "amount" && { orderBy: orders.amount }) }),
      rejects: { maxRatio: 1 },
      chunks: { maxRows: CHUNK },
    });
    const { lines, ...outcome } = CHUNKS[which];
    const load = async (chunks: readonly (readonly string[])[], present = "") => {
      await using database = await ordersDatabase(", PRIMARY KEY (id), CHECK (note <> 'forbidden')");
      if (present !== "") await database.sql.unsafe(`INSERT INTO orders VALUES ${present}`);
      const folder = await csvFolder({ "a.csv": `id,day,amount,note\n${chunks.flat().join("")}` });
      const { materializations } = await runOperator(operator, {
        databaseUrl: database.url,
        config: { file: `${folder}/a.csv` },
      });
      const { rejected, superseded } = materializations[0]!.metadata;
      const letters =
        await database.sql`SELECT record->>'id' AS id, record->>'amount' AS amount FROM millrace.dead_letters`;
      const rows =
        await database.sql`SELECT id, amount::int, note FROM orders WHERE id = 4 OR id BETWEEN 200 AND 299 ORDER BY id`;
      return {
        rejected: Number(rejected) - (chunks[0] === BAD_ONE ? 1 : 0),
        superseded,
        letters: letters.filter(({ id }) => id !== "1").length,
        rows: [...rows],
      };
    };
    const alone = await load([lines]);
    expect(alone).toMatchObject({ ...outcome, letters: outcome.rejected });
    expect(await load([lines], "(900, '2024-01-01', 1, 'good')")).toEqual(alone);
    expect(await load([CLEAN, BETWEEN, lines])).toEqual(alone);
    expect(await load([BAD_ONE, BETWEEN, lines])).toEqual(alone);
  },
);

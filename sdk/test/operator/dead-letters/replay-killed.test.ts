import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { append, replayDeadLetters } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "../orders.ts";
import { repairedOrders } from "./repaired-orders.ts";

afterAll(stopServer);

const LETTERS = 5000;
const KILLS = 6;

test(`a replay killed ${KILLS} times loads each dead letter once: at any moment those that are marked are those whose row is there`, async () => {
  await using database = await ordersDatabase();
  const lines = Array.from({ length: LETTERS }, (_, id) => `${id},2024-01-01,1 EUR,x\n`).join("");
  const folder = await csvFolder({ "a.csv": `id,day,amount,note\n${lines}` });
  await runOperator(repairedOrders("broken", append()), {
    databaseUrl: database.url,
    config: { file: `${folder}/a.csv` },
  });
  const progress = async () => {
    const [row] = await database.sql<{ replayed: number; rows: number; ids: number }[]>`
      SELECT (SELECT count(*)::int FROM millrace.dead_letters WHERE status = 'replayed') AS replayed,
        (SELECT count(*)::int FROM orders) AS rows, (SELECT count(DISTINCT id)::int FROM orders) AS ids`;
    expect(row).toEqual({ replayed: row!.replayed, rows: row!.replayed, ids: row!.replayed });
    return row!.replayed;
  };

  let kills = 0;
  for (let done = await progress(); kills < KILLS && done < LETTERS; done = await progress()) {
    const child = spawn(process.execPath, [join(import.meta.dirname, "replay-in-child.ts"), database.url], {
      stdio: "inherit",
    });
    const ended = once(child, "exit");
    while ((await progress()) === done && child.exitCode === null) await pause(5);
    await pause(kills); // at another point of a chunk each time
    if (child.kill("SIGKILL")) kills += 1;
    await ended;
  }
  expect(kills).toBeGreaterThan(2);
  const last = await replayDeadLetters(repairedOrders("fixed", append()), { databaseUrl: database.url });
  expect(last).toMatchObject({ rejected: 0, malformed: 0 });
  expect(await progress()).toBe(LETTERS);
  const [sums] = await database.sql`SELECT sum((counts->>'inserted')::int)::int AS inserted FROM millrace.runs`;
  expect(sums).toEqual({ inserted: LETTERS });
});

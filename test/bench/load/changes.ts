import { join } from "node:path";
import { median, type Result } from "../measure/report.ts";
import type { BenchDatabase } from "./bench-database.ts";
import { makeEvents, statements, writeEvents } from "./events.ts";
import { psql } from "./psql.ts";
import { RESET_CUSTOMERS } from "./tables.ts";

const EVENTS = 200_000;
const KEYS = 20_000;
/** Of one statement an event only so many are run, and the rest reckoned from them. */
const MEASURED = 20_000;

/**
 * Changes of few keys against one statement for each, committed as it comes. Raises an Error where the table is not that of
 * all statements one after the other, whatever the size of chunks.
 */
export async function measureChanges({ url, sql, folder, worker }: BenchDatabase, rounds: number): Promise<Result> {
  const events = makeEvents(EVENTS, KEYS);
  const file = join(folder, "events.csv");
  await writeEvents(file, events);
  const reset = () => sql.unsafe(RESET_CUSTOMERS);
  const content = async () => {
    const [row] = await sql<
      { md5: string }[]
    >`SELECT md5(string_agg(customers::text, ',' ORDER BY id)) AS md5 FROM customers`;
    return row!.md5;
  };

  await reset();
  const atOnceMs = await psql(url, `BEGIN;\n${statements(events)}COMMIT;\n`);
  const expected = await content();
  const check = async (operator: string) => {
    if ((await content()) !== expected) throw new Error(`${operator} comes to another table than the statements do`);
  };
  const runs: { mine: number; other: number; cpu: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await reset();
    const measured = await psql(url, statements(events.slice(0, MEASURED)));
    await reset();
    const { ms, cpuMs } = await worker("changes", file);
    await check("changes");
    runs.push({ mine: ms, other: (measured / MEASURED) * EVENTS, cpu: cpuMs! });
  }
  await reset();
  const small = await worker("changes in small chunks", file);
  await check("changes in small chunks");
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return {
    case: "changes against one statement for each, committed as it comes",
    ratio: median(runs.map(({ mine, other }) => other / mine)),
    target: 40,
    detail: {
      "millrace changes": seconds(median(runs.map(({ mine }) => mine))),
      [`psql, a statement an event (${MEASURED} of ${EVENTS} measured)`]: seconds(
        median(runs.map(({ other }) => other)),
      ),
      "psql, all of them in one transaction": seconds(atOnceMs),
      "millrace in chunks of 7,000, to the same table": seconds(small.ms),
      "client CPU": seconds(median(runs.map(({ cpu }) => cpu))),
    },
  };
}

import type { Result } from "../measure/report.ts";
import type { BenchDatabase } from "./bench-database.ts";
import type { OrderFiles } from "./files.ts";
import { resetSql } from "./tables.ts";

const TIMES = 10;

/** Peak memory of a load of ten times the rows against that of the rows. */
export async function measureMemory({ sql, worker }: BenchDatabase, files: OrderFiles): Promise<Result[]> {
  const results: Result[] = [];
  for (const [name, operator] of [
    ["typed columns", "upsert"],
    ["record schema and transform", "transformed"],
  ] as const) {
    const peak = async (times: number) => {
      await sql.unsafe(resetSql({ hashed: true }));
      return (await worker(operator, await files.path("clean", times))).peakMb!;
    };
    const few = await peak(1);
    const many = await peak(TIMES);
    results.push({
      case: `memory at ${TIMES} times the rows, ${name}`,
      ratio: many / few,
      target: 1.1,
      lessIsBetter: true,
      detail: { once: `${Math.round(few)} MB`, [`${TIMES} times`]: `${Math.round(many)} MB` },
    });
  }
  return results;
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export const DAYS: readonly string[] = Array.from(
  { length: 12 },
  (_, index) => `2024-01-${String(index + 1).padStart(2, "0")}`,
);
const ROWS = 3000;

/** What the operators read; a few records are none, and one is refused by the server. */
export async function writeFiles(folder: string): Promise<void> {
  const line = (id: number, day: string) =>
    `${id % 997 === 0 ? "x" : id},${day},${id / 100},${id === 500 ? "refused" : `note ${id}`}\n`;
  const lines = (count: number, day: string) =>
    `id,day,amount,note\n${Array.from({ length: count }, (_, id) => line(id, day)).join("")}`;
  for (const day of DAYS) await writeFile(join(folder, `${day}.csv`), lines(ROWS / 2, day));
  await writeFile(join(folder, "all.csv"), lines(ROWS, "2024-01-01"));
  const change = (id: number) =>
    JSON.stringify({ id: id % 800, operation: id % 7 === 0 ? "delete" : "upsert", note: `note ${id}` });
  await writeFile(join(folder, "changes.jsonl"), Array.from({ length: ROWS }, (_, id) => change(id)).join("\n"));
}

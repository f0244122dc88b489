import { execa } from "execa";

const COLUMNS = "id, customer_id, created_at, status, amount, quantity, email, note";
const OTHERS = COLUMNS.split(", ").slice(1);
const SET = OTHERS.map((column) => `${column} = excluded.${column}`).join(", ");
const copy = (table: string, file: string) => `\\copy ${table} (${COLUMNS}) FROM '${file}' CSV HEADER\n`;
const merge = (where = "") =>
  `INSERT INTO orders AS o (${COLUMNS}) SELECT ${COLUMNS} FROM stage ON CONFLICT (id) DO UPDATE SET ${SET}${where};\n`;
const row = (prefix: string) => `(${OTHERS.map((column) => prefix + column).join(", ")})`;

/** What a data engineer would write for psql, as its script. */
export const scripts = {
  /** Straight into the table with its primary key. */
  copy: (file: string) => copy("orders", file),
  merge: (file: string) =>
    `BEGIN; CREATE TEMP TABLE stage (LIKE orders) ON COMMIT DROP;\n${copy("stage", file)}${merge()}COMMIT;\n`,
  "merge-changed": (file: string) =>
    `BEGIN; CREATE TEMP TABLE stage (LIKE orders) ON COMMIT DROP;\n${copy("stage", file)}${merge(` WHERE ${row("o.")} IS DISTINCT FROM ${row("excluded.")}`)}COMMIT;\n`,
  /** The whole table anew, in one transaction. */
  "delete-copy": (file: string) => `BEGIN; DELETE FROM orders;\n${copy("orders", file)}COMMIT;\n`,
} as const;

/** The same transactions as a load in chunks, from files that hold a chunk each. */
export function chunkedMerge(files: readonly string[]): string {
  const chunk = (file: string) => `BEGIN;\n${copy("stage", file)}${merge()}COMMIT;\n`;
  return `CREATE TEMP TABLE stage (LIKE orders) ON COMMIT DELETE ROWS;\n${files.map(chunk).join("")}`;
}

/** Runs a script and returns how long it took, in milliseconds. */
export async function psql(url: string, script: string): Promise<number> {
  const began = performance.now();
  await execa("psql", [url, "-qX", "-v", "ON_ERROR_STOP=1"], { input: script });
  return performance.now() - began;
}

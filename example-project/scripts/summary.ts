import postgres from "postgres";

interface OperatorTotals {
  readonly operator: string;
  readonly partitions: string;
  readonly read: string;
  readonly inserted: string;
  readonly updated: string;
  readonly unchanged: string;
  readonly removed: string;
  readonly rejected: string;
  readonly seconds: string;
}

const COLUMNS = [
  "operator",
  "partitions",
  "read",
  "inserted",
  "updated",
  "unchanged",
  "removed",
  "rejected",
  "seconds",
] as const;

export interface Summary {
  /** For a terminal, ending in a newline. */
  readonly table: string;
  /** Rows inserted, updated or removed. */
  readonly changed: number;
  readonly partitions: number;
}

/** What the operators did since a moment of the database's clock, from their ledger. */
export async function summarize(url: string, since: string): Promise<Summary> {
  const sql = postgres(url, { max: 1 });
  try {
    const rows = await sql<OperatorTotals[]>`
      SELECT coalesce(operator, 'total') AS operator, count(*) AS partitions,
        sum((counts->>'read')::bigint) AS read, sum((counts->>'inserted')::bigint) AS inserted,
        sum((counts->>'updated')::bigint) AS updated, sum((counts->>'unchanged')::bigint) AS unchanged,
        sum((counts->>'removed')::bigint) AS removed, sum((counts->>'rejected')::bigint) AS rejected,
        round(extract(epoch FROM sum(ended_at - started_at)), 1) AS seconds
      FROM millrace.runs WHERE started_at >= ${since} AND status = 'finished'
      GROUP BY ROLLUP (operator) ORDER BY grouping(operator), min(started_at)`;
    const total = rows.at(-1);
    return {
      table: format(rows),
      changed: Number(total?.inserted ?? 0) + Number(total?.updated ?? 0) + Number(total?.removed ?? 0),
      partitions: Number(total?.partitions ?? 0),
    };
  } finally {
    await sql.end();
  }
}

/** The database's own clock, for `summarize`. */
export async function databaseTime(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  try {
    const [row] = await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`;
    return row!.now;
  } finally {
    await sql.end();
  }
}

function format(rows: readonly OperatorTotals[]): string {
  const lines = [COLUMNS.map(String), ...rows.map((row) => COLUMNS.map((column) => grouped(row[column])))];
  const widths = COLUMNS.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)));
  return lines
    .map(
      (line) =>
        `  ${line.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join("  ")}\n`,
    )
    .join("");
}

function grouped(text: string): string {
  return /^\d+$/.test(text) ? Number(text).toLocaleString("en") : text;
}

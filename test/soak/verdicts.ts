/** One thing that is not to grow. */
export interface Verdict {
  readonly what: string;
  readonly start: string;
  readonly end: string;
  readonly allowed: string;
  readonly flat: boolean;
}

export interface Allowance {
  /** What it may have at the end: as much as at the start, but for this share and so much more. */
  readonly share?: number;
  readonly more?: number;
  /** What it is shown in: by so much it is divided. */
  readonly unit?: readonly [name: string, size: number];
}

export const MB = ["MB", 1024 * 1024] as const;

export function notGrown(
  what: string,
  [start, end]: readonly [number, number],
  { share = 0, more = 0, unit }: Allowance = {},
): Verdict {
  const limit = start * (1 + share) + more;
  const shown = (value: number) => (unit === undefined ? String(value) : `${(value / unit[1]).toFixed(1)} ${unit[0]}`);
  return { what, start: shown(start), end: shown(end), allowed: `≤ ${shown(limit)}`, flat: end <= limit };
}

/** What grows with each run, by just what was run. */
export function accounted(what: string, [start, end]: readonly [number, number], grown: number): Verdict {
  return { what, start: String(start), end: String(end), allowed: `= ${start + grown}`, flat: end === start + grown };
}

export function table(verdicts: readonly Verdict[]): string {
  const rows = [
    ["", "start", "end", "allowed", ""],
    ...verdicts.map(({ what, start, end, allowed, flat }) => [what, start, end, allowed, flat ? "✓" : "✗ GROWN"]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  "),
    )
    .join("\n");
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Medians of the first and of the last quarter. */
export function ends(numbers: readonly number[]): [number, number] {
  const quarter = Math.max(1, Math.floor(numbers.length / 4));
  return [median(numbers.slice(0, quarter)), median(numbers.slice(-quarter))];
}

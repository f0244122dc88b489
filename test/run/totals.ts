/** What one runner counted. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function sum(all: readonly Totals[]): Totals {
  const of = (key: keyof Totals) => all.reduce((total, one) => total + one[key], 0);
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
}

/** The last line of a run: `12 passed, 0 failed`, and `, 3 skipped` if any were. */
export function lastLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** A runner that reports failure without having counted one, or that did not count at all, is itself a failure. */
export function settle(counted: Totals | null, exitCode: number | undefined): Totals {
  const totals = counted ?? { passed: 0, failed: 0, skipped: 0 };
  const silent = totals.failed === 0 && (exitCode !== 0 || totals.passed === 0);
  return silent ? { ...totals, failed: 1 } : totals;
}

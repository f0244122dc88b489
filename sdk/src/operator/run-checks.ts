import { and, count, gte, isNull, lt, eq, sql, type SQL } from "drizzle-orm";
import type { CheckReport } from "../host/host.ts";
import { partitionBounds } from "../load/partition-bounds.ts";
import type { StateDatabase } from "../state/ledger.ts";
import type { Check } from "./checks.ts";
import type { Operator } from "./define-operator.ts";
import type { Partition } from "./partitions/partitions.ts";

export type CheckResult = Pick<CheckReport, "checkName" | "passed" | "severity" | "metadata">;

/** Tests the loaded rows: those of the partition where rows belong to one, else the whole table. */
export async function runChecks(
  db: StateDatabase,
  operator: Operator,
  partition: Partition | null,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const within = partitionCondition(operator, partition);
  for (const check of operator.checks) {
    const [row] = await db
      .select({ n: count() })
      .from(operator.target)
      .where(and(within, check.counts.kind === "nulls" ? isNull(check.counts.column) : undefined));
    results.push(judge(check, row?.n ?? 0));
  }
  return results;
}

function judge({ name: checkName, severity, counts }: Check, n: number): CheckResult {
  if (counts.kind === "nulls") return { checkName, severity, passed: n === 0, metadata: { nulls: n } };
  return { checkName, severity, passed: n >= counts.min && n <= counts.max, metadata: { rows: n } };
}

function partitionCondition({ load }: Operator, partition: Partition | null): SQL | undefined {
  if (load.strategy !== "delete-insert" || partition === null) return undefined;
  const column = load.partitionBy;
  const bounds = partitionBounds(column, partition);
  const type = sql.raw(column.getSQLType());
  if (bounds.kind === "key") return eq(column, sql`${bounds.key}::${type}`);
  return and(gte(column, sql`${bounds.start}::${type}`), lt(column, sql`${bounds.end}::${type}`));
}

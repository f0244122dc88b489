import { and, count, gte, isNull, lt, eq, sql, type SQL } from "drizzle-orm";
import type { CheckReport } from "../host/host.ts";
import { partitionBounds } from "../load/partition-bounds.ts";
import type { StateDatabase } from "../state/ledger.ts";
import type { Check } from "./checks.ts";
import { findWrongRows } from "./find-wrong-rows.ts";
import type { Operator } from "./operator.ts";
import type { Partition } from "./partitions/partitions.ts";
import type { Target } from "./target.ts";

export type CheckResult = Pick<CheckReport, "checkName" | "passed" | "severity" | "metadata">;

/** Tests the loaded rows: those of the partition where rows belong to one, else the whole table. */
export async function runChecks(
  db: StateDatabase,
  operator: Operator,
  partition: Partition | null,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const [first] = operator.targets;
  for (const { counts, ...check } of operator.checks) {
    if (counts.kind === "reported") continue;
    const target =
      counts.kind === "nulls" ? operator.targets.find(({ table }) => table === counts.column.table) : first;
    if (target !== undefined && counts.kind === "wrong") {
      const query = counts.query({ rows: loadedRows(target, partition), partition });
      const wrong = await findWrongRows(db, query);
      const { name: checkName, severity } = check;
      results.push({ checkName, severity, passed: wrong.count === 0, metadata: wrong.metadata });
      continue;
    }
    if (target === undefined || counts.kind === "wrong")
      throw new TypeError(`check "${check.name}" is of a table that is no target`);
    const [row] = await db
      .select({ n: count() })
      .from(target.table)
      .where(and(partitionCondition(target, partition), counts.kind === "nulls" ? isNull(counts.column) : undefined));
    results.push({ checkName: check.name, severity: check.severity, ...judge(counts, row?.n ?? 0) });
  }
  return results;
}

function judge(
  counts: Exclude<Check["counts"], { kind: "reported" | "wrong" }>,
  n: number,
): Pick<CheckResult, "passed" | "metadata"> {
  if (counts.kind === "nulls") return { passed: n === 0, metadata: { nulls: n } };
  return { passed: n >= counts.min && n <= counts.max, metadata: { rows: n } };
}

function loadedRows(target: Target, partition: Partition | null): SQL {
  const condition = partitionCondition(target, partition);
  return condition === undefined ? sql`${target.table}` : sql`(SELECT * FROM ${target.table} WHERE ${condition})`;
}

function partitionCondition({ load }: Target, partition: Partition | null): SQL | undefined {
  if (load.strategy !== "delete-insert" || partition === null) return undefined;
  const column = load.partitionBy;
  const bounds = partitionBounds(column, partition);
  const type = sql.raw(column.getSQLType());
  if (bounds.kind === "key") return eq(column, sql`${bounds.key}::${type}`);
  return and(gte(column, sql`${bounds.start}::${type}`), lt(column, sql`${bounds.end}::${type}`));
}

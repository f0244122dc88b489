import { metadata, type MetadataInput, type MetadataValue } from "../host/pipes/metadata.ts";
import { tableName, targetColumns } from "../load/postgres/target-columns.ts";
import { addCounts, noCounts, type Counts } from "../record/counts.ts";
import { stringifyExact } from "../record/json-number.ts";
import type { Operator } from "./operator.ts";
import type { PartitionResult, RowSample } from "./partition-run.ts";
import type { RejectReason } from "./reject-reasons.ts";

export type Metadata = Record<string, MetadataInput>;

/** What a scheduler shows of a partition that was loaded; numbers are numbers, so that it can plot them. */
export function partitionMetadata(
  operator: Operator,
  result: PartitionResult,
  rejects: MetadataValue | undefined,
): Metadata {
  const { counts, source, bytesRead, durationMs, sample, start, checkpoint, more = {} } = result;
  return {
    ...targetMetadata(operator, counts),
    ...(source !== null && { "dagster/uri": source, bytes_read: bytesRead }),
    ...countMetadata(counts, durationMs),
    start: start,
    ...(checkpoint !== null && {
      checkpoint_before: metadata.json(checkpoint.before),
      checkpoint_after: metadata.json(checkpoint.after),
    }),
    ...(rejects && { dead_letters: rejects }),
    ...(sample.length > 0 && { preview: metadata.table(sample.map(previewRow)) }),
    ...more,
  };
}

/** The totals of a run over several partitions. */
export function totalsMetadata(operator: Operator, results: readonly PartitionResult[]): Metadata {
  const counts = noCounts();
  for (const result of results) addCounts(counts, result.counts);
  const durationMs = results.reduce((sum, result) => sum + result.durationMs, 0);
  return { ...targetMetadata(operator, counts), partitions: results.length, ...countMetadata(counts, durationMs) };
}

/** The partition's open dead letters by reason, and how to see them; undefined where there is none. */
export function rejectsMetadata(
  operator: Operator,
  partition: string,
  reasons: readonly RejectReason[],
): MetadataValue | undefined {
  if (reasons.length === 0) return undefined;
  const where = `operator = '${operator.name}' AND partition = '${partition.replaceAll("'", "''")}' AND status = 'open'`;
  return metadata.markdown(
    [
      "| records | code | field |",
      "| --- | --- | --- |",
      ...reasons.map((reason) => `| ${reason.n} | ${reason.code} | ${reason.field ?? ""} |`),
      "",
      "```sql",
      `SELECT source, line, code, field, reason, record FROM millrace.dead_letters WHERE ${where} ORDER BY id;`,
      "```",
    ].join("\n"),
  );
}

/** Of the first target: the one that stands for the asset. */
function targetMetadata({ targets }: Operator, { inserted, updated, unchanged }: Counts): Metadata {
  const [target] = targets;
  if (target === undefined) return {};
  return {
    "dagster/row_count": inserted + updated + unchanged,
    "dagster/table_name": tableName(target.table),
    "dagster/column_schema": metadata.tableSchema(
      targetColumns(target.table).map(({ name, sqlType, notNull, column }) => ({
        name,
        type: sqlType,
        constraints: { nullable: !notNull, unique: column.primary || column.isUnique },
      })),
    ),
  };
}

function countMetadata(counts: Counts, durationMs: number): Metadata {
  const seconds = durationMs / 1000;
  return {
    ...counts,
    duration_seconds: metadata.float(seconds),
    rows_per_second: metadata.float(seconds > 0 ? Math.round(counts.read / seconds) : 0),
  };
}

/** A row as it is shown. */
export function previewRow(row: RowSample): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      value === null || value === undefined
        ? null
        : typeof value === "number" || typeof value === "boolean"
          ? value
          : previewText(value),
    ]),
  );
}

/** A preview of a row need not have all of a long text; it is kept as JSON, which must be such as PostgreSQL can store. */
const MAX_PREVIEW_CHARACTERS = 1000;

function previewText(value: unknown): string {
  if (typeof value === "string")
    return value.slice(0, MAX_PREVIEW_CHARACTERS).replaceAll("\0", "\ufffd").toWellFormed();
  return value instanceof Date ? value.toISOString() : stringifyExact(value);
}

import type { Column } from "drizzle-orm";
import { FatalError, RecordError } from "../errors/millrace-error.ts";

/** The values a partition column may have in one partition: from `start` to before `end`, or exactly `key`. */
export type PartitionBounds =
  | { readonly kind: "range"; readonly start: string; readonly end: string }
  | { readonly kind: "key"; readonly key: string };

/** What of a partition matters to a column: see `operator/partitions`. */
export type BoundedPartition =
  | { readonly kind: "time"; readonly key: string; readonly start: string; readonly end: string }
  | { readonly kind: "named"; readonly key: string }
  | { readonly kind: "multi"; readonly key: string };

/**
 * A partition's bounds in the terms of the column's type: days for a date, local time for a timestamp without zone,
 * moments for one with. Raises FatalError PARTITION_COLUMN for a time partition on a column of another type.
 */
export function partitionBounds(
  column: Pick<Column, "name" | "getSQLType">,
  partition: BoundedPartition,
): PartitionBounds {
  if (partition.kind === "multi") {
    throw new FatalError(
      "PARTITION_COLUMN",
      `Partition "${partition.key}" has two dimensions, but "${column.name}" alone is to say which rows it holds`,
      { fix: "Use upsert, append or applyChanges for partitions of two dimensions" },
    );
  }
  if (partition.kind === "named") return { kind: "key", key: partition.key };
  const type = column.getSQLType();
  const bounds = (cut: number) =>
    ({ kind: "range", start: partition.start.slice(0, cut), end: partition.end.slice(0, cut) }) as const;
  if (type === "date") return bounds("2013-01-01".length);
  if (/^timestamp\b.*with time zone$/.test(type)) return { kind: "range", start: partition.start, end: partition.end };
  if (type.startsWith("timestamp")) return bounds("2013-01-01T00:00:00".length);
  throw new FatalError(
    "PARTITION_COLUMN",
    `Column "${column.name}" is of type ${type}: a partition of time needs a date or timestamp`,
    {
      fix: "Choose a date or timestamp column in `partitionBy`",
    },
  );
}

/** A test for the column's value, as text in ISO form, lying within the bounds. */
function withinBounds(bounds: PartitionBounds): (text: string) => boolean {
  if (bounds.kind === "key") return (text) => text === bounds.key;
  const { start, end } = bounds;
  // Days and local times compare as text; moments have offsets and compare as numbers.
  if (start.length <= "2013-01-01T00:00:00".length) {
    return (text) => {
      const local = text.replace(" ", "T");
      return local >= start && local < end;
    };
  }
  const from = Date.parse(start);
  const to = Date.parse(end);
  return (text) => {
    const moment = Date.parse(/(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text) ? text : `${text}Z`);
    return moment >= from && moment < to;
  };
}

/**
 * A check that a row lies in its partition: one outside would stay behind when the partition is replaced.
 * Raises RecordError OUTSIDE_PARTITION, naming the field.
 */
export function partitionCheck(field: string, bounds: PartitionBounds): (text: string | null) => void {
  const inside = withinBounds(bounds);
  return (text) => {
    if (text !== null && inside(text)) return;
    const reason =
      text === null ? "is null, so the row belongs to no partition" : `is ${text}, which lies outside of the partition`;
    throw new RecordError("OUTSIDE_PARTITION", `"${field}" ${reason}`, { field });
  };
}

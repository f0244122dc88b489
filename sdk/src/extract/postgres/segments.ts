import pg from "pg";
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Json } from "../../host/host.ts";
import type { BoundedPartition } from "../../load/partition-bounds.ts";
import { partitionBounds } from "../../load/partition-bounds.ts";
import { columnList, quoted } from "../../load/postgres/target-columns.ts";
import { FatalError } from "../../errors/millrace-error.ts";
import type { UpperBound } from "./horizon.ts";
import type { Relation, SourceColumn } from "./relation.ts";
import { valuesOf, type OrderedBy } from "./watermark.ts";

/** One COPY of a run. */
export interface Segment {
  readonly statement: string;
  /** The cursor of all its rows, where it is not each one's own: rows behind it were read before. */
  readonly cursor: Json | null;
}

/** The rows of a partition: those whose column says so. */
export interface Window {
  readonly column: string;
  readonly partition: BoundedPartition;
}

export interface SegmentsOptions {
  readonly relation: Relation;
  readonly names: readonly string[];
  readonly where: SQL | undefined;
  readonly window: Window | undefined;
  readonly order: OrderedBy | null;
  readonly bound: UpperBound | null;
  /** Where an earlier run, or an earlier connection of this one, ended. */
  readonly cursor: Json | null;
  /** Whether rows within the lag are to be read again. */
  readonly again: boolean;
}

/** What is to be read, in this order. */
export function segments(options: SegmentsOptions): Segment[] {
  const { order, cursor, again } = options;
  if (order === null) return [{ statement: copy(options, []), cursor: null }];
  const after = valuesOf(cursor, order);
  if (after === null) return [{ statement: copy(options, []), cursor: null }];
  const place = `(${columnList(order.columns)})`;
  const values = `(${order.columns.map(({ type }, index) => typed(after[index]!, type)).join(", ")})`;
  const next = { statement: copy(options, [`${place} > ${values}`]), cursor: null };
  if (order.lag === null || !again) return [next];
  const [column] = order.columns;
  const since = `${quoted(column!.name)} >= ${typed(after[0]!, column!.type)} - ${pg.escapeLiteral(order.lag)}::interval`;
  return [{ statement: copy(options, [since, `${place} <= ${values}`]), cursor }, next];
}

function copy(
  { relation, names, where, window, order, bound }: SegmentsOptions,
  conditions: readonly string[],
): string {
  const all = [...conditions];
  if (order !== null && bound !== null) {
    const [column] = order.columns;
    all.push(`${quoted(column!.name)} ${bound.operator} ${typed(bound.value, column!.type)}`);
  }
  if (window !== undefined) all.push(...windowConditions(window, relation.columns));
  if (where !== undefined) all.push(`(${new PgDialect().sqlToQuery(where.inlineParams()).sql})`);
  const filter = all.length === 0 ? "" : ` WHERE ${all.join(" AND ")}`;
  const sort = order === null ? "" : ` ORDER BY ${columnList(order.columns)}`;
  const columns = columnList(names.map((name) => ({ name })));
  return `COPY (SELECT ${columns} FROM ${relation.from}${filter}${sort}) TO STDOUT`;
}

/** Raises FatalError PARTITION_COLUMN for a partition of time on a column of another type. */
function windowConditions({ column, partition }: Window, columns: readonly SourceColumn[]): string[] {
  const found = columns.find(({ name }) => name === column);
  if (found === undefined) {
    throw new FatalError("PARTITION_COLUMN", `The source has no column "${column}"`, { fix: "Choose one that it has" });
  }
  const bounds = partitionBounds({ name: column, getSQLType: () => found.type }, partition);
  const name = quoted(column);
  if (bounds.kind === "key") return [`${name} = ${typed(bounds.key, found.type)}`];
  return [`${name} >= ${typed(bounds.start, found.type)}`, `${name} < ${typed(bounds.end, found.type)}`];
}

/** A condition that finds rows which have no place in the order. */
export function withoutPlace({
  relation,
  where,
  window,
  order,
}: Pick<SegmentsOptions, "relation" | "where" | "window" | "order">): string | null {
  const [column] = order?.columns ?? [];
  if (column === undefined || column.notNull) return null;
  const conditions = [`${quoted(column.name)} IS NULL`];
  if (window !== undefined) conditions.push(...windowConditions(window, relation.columns));
  if (where !== undefined) conditions.push(`(${new PgDialect().sqlToQuery(where.inlineParams()).sql})`);
  return `SELECT EXISTS (SELECT FROM ${relation.from} WHERE ${conditions.join(" AND ")}) AS some`;
}

/** COPY takes no parameters. */
function typed(value: string, type: string): string {
  return `${pg.escapeLiteral(value)}::${type}`;
}

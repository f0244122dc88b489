import type { Lane } from "./lane.ts";

/** What a transaction that adds rows to a table, beside another one that does, may have to wait for. */
export type Waiting =
  /** Nothing: there are no keys. */
  | "none"
  /** Only rows that were there before its own: their keys are checked with each row. */
  | "earlier"
  /** Whatever comes: a trigger or constraint looks at other rows, or does so later. */
  | "any";

/** Looks it up; partitions may have what their table has not. */
export async function waitingOf({ client }: Lane, table: string): Promise<Waiting> {
  const { rows } = await client.query<{ keys: boolean; others: boolean }>(
    `WITH tables AS (SELECT $1::regclass::oid AS oid UNION SELECT relid FROM pg_partition_tree($1::regclass))
SELECT EXISTS (SELECT FROM pg_index, tables WHERE indrelid = oid AND (indisunique OR indisexclusion)) AS keys,
  EXISTS (SELECT FROM pg_index, tables WHERE indrelid = oid AND (indisexclusion OR indisunique AND NOT indimmediate))
  OR EXISTS (SELECT FROM pg_trigger, tables WHERE tgrelid = tables.oid AND NOT tgisinternal)
  OR EXISTS (SELECT FROM pg_constraint, tables WHERE contype = 'f' AND conrelid = tables.oid AND confrelid IN (SELECT oid FROM tables)) AS others`,
    [table],
  );
  const { keys, others } = rows[0]!;
  return others ? "any" : keys ? "earlier" : "none";
}

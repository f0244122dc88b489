import type pg from "pg";
import type { LoadSession } from "./load-session.ts";
import type { TargetColumn } from "./target-columns.ts";

/** How rows of the target are told from each other. */
export interface RowIdentity {
  /** Columns that are written, of which no two rows have the same: of the primary key, else of a unique index; null where there is none. */
  readonly key: readonly TargetColumn[] | null;
  /** Names of columns whose values are the same, byte for byte, where they are equal. */
  readonly exact: ReadonlySet<string>;
  /** All rows lie in one table, so that a `ctid` alone says which: it has no partitions and nothing inherits from it. */
  readonly isOneTable: boolean;
}

/** Types of which no two different values are equal. Of texts that depends on the collation. */
const EXACT_TYPES =
  "bool,int2,int4,int8,oid,text,varchar,bytea,uuid,date,time without time zone,timestamp without time zone,timestamp with time zone";

// An index that has another operator class or collation than its column may take other values for different.
const READ = `SELECT relkind = 'r' AND NOT relhassubclass AS "isOneTable",
  ARRAY(SELECT attname::text FROM pg_attribute JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_collation l ON l.oid = attcollation
    WHERE attrelid = c.oid AND attnum > 0 AND (atttypid = ANY ($2::regtype[]::oid[]) OR typtype = 'e') AND coalesce(collisdeterministic, true)) AS exact,
  (SELECT coalesce(json_agg(names ORDER BY indisprimary DESC, cardinality(names), indexrelid), '[]') FROM (
    SELECT i.indexrelid, i.indisprimary, array_agg(a.attname::text ORDER BY place) AS names
    FROM pg_index i CROSS JOIN generate_series(0, i.indnkeyatts - 1) place
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[place] AND a.attnotnull AND a.attcollation = i.indcollation[place]
    JOIN pg_opclass o ON o.oid = i.indclass[place] AND o.opcdefault
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND (c.relkind = 'p' OR NOT c.relhassubclass)
    GROUP BY i.indexrelid, i.indisprimary, i.indnkeyatts HAVING count(*) = i.indnkeyatts) keys) AS keys
FROM pg_class c WHERE c.oid = to_regclass($1)`;

export async function readIdentity(client: pg.Client, { target, columns }: LoadSession): Promise<RowIdentity> {
  const { rows } = await client.query<{ isOneTable: boolean; exact: string[]; keys: string[][] }>(READ, [
    target,
    `{${EXACT_TYPES}}`,
  ]);
  const { isOneTable, exact, keys } = rows[0]!;
  const written = (names: readonly string[]) =>
    names.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const names = keys.find((candidate) => written(candidate).length === candidate.length);
  return { isOneTable, exact: new Set(exact), key: names === undefined ? null : written(names) };
}

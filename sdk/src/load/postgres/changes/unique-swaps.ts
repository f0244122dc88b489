import type pg from "pg";
import { FatalError } from "../../../errors/millrace-error.ts";
import { foreignKeysThatAct } from "../foreign-keys.ts";
import { columnList, quoted } from "../target-columns.ts";
import { sameKey, type ChangeColumns } from "./change-columns.ts";
import { netChanges, type NetOptions } from "./net-changes.ts";
import { rowValues } from "./row-values.ts";

/** What of the target decides whether rows may exchange a unique value. */
export interface UniqueValues {
  /** For each unique index beside the key's, the SQL of its columns. */
  readonly indexes: readonly (readonly string[])[];
  /** A table without partitions, in which texts that differ are never the same key. */
  readonly simple: boolean;
  /** Foreign keys that do something about a row of the target being deleted, but wait for the end of the statement. */
  readonly cascades: readonly string[];
  /** All columns that can be written, those included that rows do not give. */
  readonly columns: readonly string[];
}

/** Looks them up; indexes that are checked only at the end of a statement or transaction need no help. */
export async function findUniqueValues(client: pg.Client, { target, key, all }: ChangeColumns): Promise<UniqueValues> {
  const { rows: indexes } = await client.query<{ parts: string[] }>(
    `SELECT (SELECT array_agg(pg_get_indexdef(i.indexrelid, n, false) ORDER BY n) FROM generate_series(1, i.indnkeyatts) n) AS parts
FROM pg_index i CROSS JOIN LATERAL (
  SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") AS used FROM pg_attribute
  WHERE attrelid = i.indrelid AND (attnum IN (SELECT unnest(i.indkey[0:i.indnkeyatts - 1]))
    OR attnum IN (SELECT refobjsubid FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = i.indexrelid AND refclassid = 'pg_class'::regclass AND refobjid = i.indrelid))
) columns
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indimmediate AND i.indislive
  AND used <@ $3::text[] AND NOT (used = $2::text[] AND i.indpred IS NULL AND i.indexprs IS NULL)`,
    [target, key.map(({ name }) => name).toSorted(), all.map(({ name }) => name)],
  );
  const { rows: columns } = await client.query<{ name: string; simple: boolean }>(
    `SELECT attname AS name, relkind = 'r' AND collisdeterministic IS NOT FALSE AS simple FROM pg_attribute
JOIN pg_class t ON t.oid = attrelid LEFT JOIN pg_collation c ON c.oid = attcollation WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [target],
  );
  return {
    simple: key.every((part) => columns.some(({ name, simple }) => simple && name === part.name)),
    indexes: indexes.map(({ parts }) => parts),
    cascades: await foreignKeysThatAct(client, target),
    columns: columns.map(({ name }) => name),
  };
}

/**
 * Rows to be written may take a unique value that another of them gives up. Written one by one they would collide, so those
 * that stand in the way are deleted and inserted again, with whatever the changes do not say as it was.
 */
export function clearing(columns: ChangeColumns, unique: UniqueValues): string {
  const { target } = columns;
  const given = rowValues(columns);
  const values = unique.columns.map((name) => given.get(name) ?? `millrace_cleared.${quoted(name)}`);
  return `millrace_standing AS (${standing(columns, unique)}),
millrace_cleared AS (DELETE FROM ${target} AS present USING millrace_standing WHERE ${sameKey(columns, "present", "millrace_standing")} RETURNING present.*),
millrace_replaced AS (
  INSERT INTO ${target} (${unique.columns.map((name) => quoted(name)).join(", ")}) OVERRIDING SYSTEM VALUE
  SELECT ${values.join(", ")} FROM millrace_cleared JOIN millrace_taken net ON ${sameKey(columns, "net", "millrace_cleared")}
  WHERE (SELECT count(*) FROM millrace_cleared) >= 0 AND (SELECT count(*) FROM millrace_gone) >= 0
)`;
}

/** The keys of rows that hold what another row is to get, and will have another value themselves. */
function standing(columns: ChangeColumns, { indexes }: UniqueValues): string {
  const keys = columnList(columns.key);
  const holders = indexes.map((parts) => {
    const values = parts.map((part, index) => `${part} AS millrace_value_${index}`).join(", ");
    const equal = parts
      .map((_, index) => `held.millrace_value_${index} = wanted.millrace_value_${index}`)
      .join(" AND ");
    return `SELECT ${columnList(columns.key, "held.")}
  FROM (SELECT ${keys}, ${values} FROM millrace_taken WHERE millrace_whole) wanted
  JOIN (SELECT ${keys}, ${values} FROM ${columns.target}) held ON ${equal} AND NOT (${sameKey(columns, "held", "wanted")})
  JOIN millrace_taken net ON ${sameKey(columns, "net", "held")} AND net.millrace_whole`;
  });
  return holders.join("\n  UNION\n  ");
}

/** Raises FatalError UNIQUE_SWAP where rows exchange a unique value, and deleting them would reach into other tables. */
export async function refuseSwaps(
  client: pg.Client,
  columns: ChangeColumns,
  { unique, ...net }: NetOptions & { readonly unique: UniqueValues },
): Promise<void> {
  const { indexes, cascades } = unique;
  if (indexes.length === 0 || cascades.length === 0) return;
  const { rows } = await client.query<{ some: boolean }>(
    `WITH ${netChanges(columns, net)}, millrace_taken AS (SELECT * FROM millrace_judged WHERE millrace_newer) SELECT EXISTS (${standing(columns, unique)}) AS some`,
  );
  if (!rows[0]!.some) return;
  throw new FatalError(
    "UNIQUE_SWAP",
    `Rows of ${columns.tableName} exchange a unique value, for which they are deleted and inserted again; the foreign key ${cascades.join(", ")} forbids or follows that`,
    {
      fix: "Make the unique constraint DEFERRABLE, or the foreign key ON DELETE NO ACTION",
      details: { foreignKeys: cascades },
    },
  );
}

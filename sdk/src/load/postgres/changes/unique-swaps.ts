import type pg from "pg";
import { FatalError } from "../../../errors/millrace-error.ts";
import { columnList, quoted } from "../target-columns.ts";
import { NET, netValues, type NetOptions } from "./net-changes.ts";

/** What of the target decides whether rows may exchange a unique value. */
export interface UniqueValues {
  /** For each unique index beside the key's, the SQL of its columns. */
  readonly indexes: readonly (readonly string[])[];
  /** Foreign keys that do something to other rows when a row of the target is deleted. */
  readonly cascades: readonly string[];
  /** Columns that rows do not give, and that must survive. */
  readonly kept: readonly string[];
}

/** Looks them up; those that are checked only at the end of a statement or transaction need no help. */
export async function findUniqueValues(client: pg.Client, { target, columns }: NetOptions): Promise<UniqueValues> {
  const key = columns.key.map(({ name }) => name).toSorted();
  const { rows: indexes } = await client.query<{ parts: string[] }>(
    `SELECT (SELECT array_agg(pg_get_indexdef(i.indexrelid, n, false) ORDER BY n) FROM generate_series(1, i.indnkeyatts) n) AS parts
FROM pg_index i CROSS JOIN LATERAL (
  SELECT array_agg(attname::text ORDER BY attname::text COLLATE "C") AS used FROM pg_attribute
  WHERE attrelid = i.indrelid AND (attnum IN (SELECT unnest(i.indkey[0:i.indnkeyatts - 1]))
    OR attnum IN (SELECT refobjsubid FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = i.indexrelid AND refclassid = 'pg_class'::regclass AND refobjid = i.indrelid))
) columns
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indimmediate AND i.indislive AND used <@ $3::text[] AND NOT (used = $2::text[] AND i.indpred IS NULL AND i.indexprs IS NULL)`,
    [target, key, columns.all.map(({ name }) => name)],
  );
  const { rows: cascades } = await client.query<{ name: string }>(
    `SELECT format('%s on %s', quote_ident(conname), conrelid::regclass) AS name FROM pg_constraint
WHERE contype = 'f' AND confrelid = to_regclass($1) AND confdeltype <> 'a' AND conparentid = 0`,
    [target],
  );
  const { rows: present } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [target],
  );
  return { indexes: indexes.map(({ parts }) => parts), cascades: cascades.map(({ name }) => name), kept: present.map(({ name }) => name) };
}

/**
 * Rows of NET may take a unique value that another row of NET gives up. Written one by one they would collide, so those
 * that stand in the way are deleted and inserted again, in one statement, with whatever NET does not say as it was.
 * Raises FatalError UNIQUE_SWAP where deleting them would reach into other tables.
 */
export async function makeWay(client: pg.Client, { target, columns }: NetOptions, { indexes, cascades, kept }: UniqueValues): Promise<void> {
  if (indexes.length === 0) return;
  const keys = columnList(columns.key);
  const same = (a: string, b: string) => `(${columnList(columns.key, `${a}.`)}) = (${columnList(columns.key, `${b}.`)})`;
  const standing = indexes.map((parts) => {
    const values = parts.map((part, index) => `${part} AS value_${index}`).join(", ");
    const equal = parts.map((_, index) => `held.value_${index} = wanted.value_${index}`).join(" AND ");
    return `SELECT ${columnList(columns.key, "held.")}
FROM (SELECT ${keys}, ${values} FROM ${NET} WHERE whole) wanted
JOIN (SELECT ${keys}, ${values} FROM ${target}) held ON ${equal} AND NOT ${same("held", "wanted")}
JOIN ${NET} net ON ${same("net", "held")} AND net.whole`;
  });
  await client.query(`CREATE TEMPORARY TABLE millrace_standing ON COMMIT DROP AS ${standing.join("\nUNION\n")}`);
  const { rows } = await client.query<{ some: boolean }>("SELECT EXISTS (SELECT 1 FROM pg_temp.millrace_standing) AS some");
  if (!rows[0]!.some) return;
  if (cascades.length > 0) {
    throw new FatalError("UNIQUE_SWAP", `Rows of ${columns.table} exchange a unique value, for which they are deleted and inserted again; the foreign key ${cascades.join(", ")} forbids or follows that`, {
      fix: "Make the unique constraint DEFERRABLE, or the foreign key ON DELETE NO ACTION",
      details: { foreignKeys: cascades },
    });
  }
  await client.query(replaceStatement({ target, columns }, kept));
}

/** The sub-select that counts what is deleted runs before the first row is inserted. */
function replaceStatement({ target, columns }: NetOptions, kept: readonly string[]): string {
  const given = netValues(columns);
  const names = kept.map((name) => quoted(name)).join(", ");
  const values = kept.map((name) => given.get(name) ?? `gone.${quoted(name)}`).join(", ");
  const same = (a: string, b: string) => columns.key.map(({ name }) => `${a}.${quoted(name)} = ${b}.${quoted(name)}`).join(" AND ");
  return `WITH gone AS (
  DELETE FROM ${target} AS present USING pg_temp.millrace_standing standing WHERE ${same("present", "standing")} RETURNING present.*
)
INSERT INTO ${target} (${names}) OVERRIDING SYSTEM VALUE
SELECT ${values} FROM gone JOIN ${NET} net ON ${same("net", "gone")} WHERE (SELECT count(*) FROM gone) > 0`;
}

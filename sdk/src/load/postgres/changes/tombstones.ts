import type pg from "pg";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { tombstones } from "../../../state/tables.ts";
import type { LoadStrategy } from "../../strategy.ts";
import { literal, quoted, quotedTable, tableName, type TargetColumn } from "../target-columns.ts";

/** Quoted, with its schema. */
export const TOMBSTONES: string = quotedTable(tombstones);

/** Forgets, within a transaction of the load, what was deleted longer ago than its strategy says. */
export async function pruneTombstones(client: pg.Client, table: AnyPgTable, load: LoadStrategy): Promise<void> {
  if (load.strategy !== "apply-changes" || load.keepTombstonesDays === null) return;
  await client.query(
    `DELETE FROM ${TOMBSTONES} WHERE target_table = $1 AND deleted_at < now() - $2 * interval '1 day'`,
    [tableName(table), load.keepTombstonesDays],
  );
}

/** SQL for tombstones, `of` some changes `net` with their sequence as a number; a newer one stays. */
export function burial(
  { key, tableName: name }: { readonly key: readonly TargetColumn[]; readonly tableName: string },
  { number, of }: { readonly number: string; readonly of: string },
): string {
  return `INSERT INTO ${TOMBSTONES} AS stone (target_table, key, sequence)
  SELECT ${literal(name)}, ${keyText(key, "net")}, ${number} FROM ${of}
  ON CONFLICT (target_table, key) DO UPDATE SET sequence = excluded.sequence, deleted_at = excluded.deleted_at WHERE excluded.sequence > stone.sequence`;
}

/** SQL for `stone` being that of a key in a table. */
export function stoneOf(table: string, key: string): string {
  return `stone.target_table = ${literal(table)} AND stone.key = ${key}`;
}

/** SQL for a relation's key as text, the same for all ways to write an equal one. */
export function keyText(key: readonly TargetColumn[], relation: string): string {
  const texts = key.map(({ name, sqlType }) => canonical(`${relation}.${quoted(name)}`, sqlType));
  return texts.length === 1 ? texts[0]! : `jsonb_build_array(${texts.join(", ")})::text`;
}

function canonical(value: string, sqlType: string): string {
  if (sqlType.startsWith("numeric")) return `trim_scale(${value})::text`;
  if (sqlType === "citext") return `lower(${value}::text)`;
  return `${value}::text`;
}

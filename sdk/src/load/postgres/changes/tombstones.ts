import { tombstones } from "../../../state/tables.ts";
import { quoted, quotedTable, type TargetColumn } from "../target-columns.ts";

/** Quoted, with its schema. */
export const TOMBSTONES: string = quotedTable(tombstones);

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

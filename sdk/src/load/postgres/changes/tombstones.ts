import { quotedTable, quoted, type TargetColumn } from "../target-columns.ts";
import { tombstones } from "../../../state/tables.ts";

/** Quoted, with its schema. */
export const TOMBSTONES: string = quotedTable(tombstones);

/** SQL for a key as text, the same for all ways to write an equal one. */
export function keyText(key: readonly TargetColumn[], prefix: string): string {
  const texts = key.map(({ name, sqlType }) => canonical(`${prefix}${quoted(name)}`, sqlType));
  return texts.length === 1 ? texts[0]! : `jsonb_build_array(${texts.join(", ")})::text`;
}

function canonical(expression: string, sqlType: string): string {
  if (sqlType.startsWith("numeric")) return `trim_scale(${expression})::text`;
  if (sqlType === "citext") return `lower(${expression}::text)`;
  return `${expression}::text`;
}

import { quoted } from "../target-columns.ts";
import { Operation, OPERATION, type ChangeColumns } from "./change-columns.ts";

/** What is written of each row, as SQL on `net`. */
export function rowValues(columns: ChangeColumns): Map<string, string> {
  const { written, softDelete } = columns;
  const values = new Map((written ?? []).map(({ name }) => [name, `net.${quoted(name)}`]));
  if (softDelete)
    values.set(softDelete.name, `CASE WHEN net.${OPERATION} <> '${Operation.write}' THEN ${deletionTime(columns)} END`);
  return values;
}

/** SQL for when a row was deleted: as the change says, else now. */
export function deletionTime({ softDelete }: ChangeColumns): string {
  return `coalesce(net.${quoted(softDelete!.name)}, now())`;
}

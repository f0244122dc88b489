import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { LoadStrategy } from "../../strategy.ts";
import { quotedTable, targetColumns } from "../target-columns.ts";
import type { Questions } from "./questions.ts";

export interface DependantsOptions {
  readonly table: AnyPgTable;
  readonly load: LoadStrategy;
}

/**
 * Foreign keys that act where a row is deleted, for a strategy that can not tell a changed row from a new one: without a
 * primary key it deletes the one and inserts the other, and what refers to it would go with it.
 */
export async function dependantProblems(client: Questions, { table, load }: DependantsOptions): Promise<string[]> {
  const replaces = load.strategy === "delete-insert" || (load.strategy === "replace" && !load.swap);
  if (!replaces) return [];
  const given = targetColumns(table).map(({ name }) => name);
  const { rows: acting } = await client.query<{ name: string }>(
    `SELECT format('%I on %s', conname, conrelid::regclass) AS name FROM pg_constraint
    WHERE contype = 'f' AND confrelid = to_regclass($1) AND confdeltype <> 'a' AND conparentid = 0 AND NOT EXISTS (
      SELECT FROM pg_index WHERE indrelid = to_regclass($1) AND indisprimary AND indisvalid AND ARRAY(
        SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])) <@ $2::text[])
    ORDER BY 1`,
    [quotedTable(table), given],
  );
  if (acting.length === 0) return [];
  return [
    `changed rows would be deleted and inserted again, since rows give no primary key, and foreign key ${acting.map(({ name }) => name).join(", ")} would follow or forbid it`,
  ];
}

import type { Sql } from "postgres";
import { FatalError } from "../../../errors/millrace-error.ts";
import { quoted } from "../target-columns.ts";
import type { TableName } from "./table-name.ts";

export interface NewTable {
  readonly columns: readonly NewColumn[];
  /** Names of columns; none where it is empty. */
  readonly primaryKey: readonly string[];
}

export interface NewColumn {
  readonly name: string;
  /** As in SQL: `numeric(12,2)`. */
  readonly type: string;
  readonly notNull: boolean;
}

/** A type's name, sizes, and array marks: nothing that could be more than a type. */
const TYPE = /^[A-Za-z_][\w .]*(\(\s*\d+\s*(,\s*\d+\s*)?\))?[\w ]*(\[\])*$/;

/** Creates a table where it is not there, also when several do so at once. Raises FatalError COLUMN_TYPE. */
export async function createTable(
  sql: Sql,
  { schema, table }: TableName,
  { columns, primaryKey }: NewTable,
): Promise<void> {
  for (const { name, type } of columns) {
    if (TYPE.test(type)) continue;
    throw new FatalError("COLUMN_TYPE", `${JSON.stringify(type)}, of column "${name}", is no type`, {
      fix: "Write it as in SQL: bigint, numeric(12,2), timestamp with time zone",
    });
  }
  const lines = columns.map(({ name, type, notNull }) => `${quoted(name)} ${type}${notNull ? " NOT NULL" : ""}`);
  if (primaryKey.length > 0) lines.push(`PRIMARY KEY (${primaryKey.map(quoted).join(", ")})`);
  const name = `${quoted(schema)}.${quoted(table)}`;
  await sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(hashtextextended(${`millrace create ${name}`}, 0))`;
    await tx.unsafe(`CREATE TABLE IF NOT EXISTS ${name} (${lines.join(", ")})`);
  });
}

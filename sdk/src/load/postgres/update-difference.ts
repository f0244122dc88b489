import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import { foreignKeysThatAct } from "./foreign-keys.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import type { Refusal } from "./refused/refusal.ts";
import { withinSavepoint } from "./refused/savepoint.ts";
import { columnList, quoted } from "./target-columns.ts";

/**
 * Of rows that differ, updates those that are the same by their primary key, and takes them out of the difference: a row that
 * foreign keys point to is not deleted because it has changed, and keeps what the source does not give. Returns how many.
 * Raises FatalError REPLACE_REFERENCED where the server refuses one, and deleting rows would reach into other tables.
 */
export async function updateDifference({ client, order }: Lane, session: LoadSession): Promise<number> {
  const { target, columns } = session;
  const key = await primaryKey(client, target);
  const others = columns.filter(({ name }) => !key.includes(name));
  const written = key.length > 0 && key.every((name) => columns.some((column) => column.name === name));
  if (!written || others.length === 0) return 0;
  const same = key.map((name) => `present.${quoted(name)} = wanted.${quoted(name)}`).join(" AND ");
  let updated = 0;
  // Rows that exchange a unique value can not be updated one by one: they are deleted and inserted.
  const refusal = await withinSavepoint(client, async () => {
    await client.query(`CREATE TEMPORARY TABLE millrace_changed ON COMMIT DROP AS
SELECT DISTINCT ON (gone.rel, gone.present) gone.rel, gone.present, came.wanted FROM pg_temp.millrace_difference gone
JOIN ${target} present ON present.tableoid = gone.rel AND present.ctid = gone.present
JOIN ${STAGE} wanted ON ${same} JOIN pg_temp.millrace_difference came ON came.wanted = wanted.ctid
ORDER BY gone.rel, gone.present, wanted.${order}`);
    const set = `(${columnList(others)}) = ROW(${columnList(others, "wanted.")})`;
    const result = await client.query(
      `UPDATE ${target} AS present SET ${set} FROM pg_temp.millrace_changed changed, ${STAGE} wanted
WHERE present.tableoid = changed.rel AND present.ctid = changed.present AND wanted.ctid = changed.wanted`,
    );
    // Two statements: with OR between the conditions, every row is held against every other.
    const settled = "DELETE FROM pg_temp.millrace_difference d USING pg_temp.millrace_changed changed";
    await client.query(
      `${settled} WHERE d.rel = changed.rel AND d.present = changed.present; ${settled} WHERE d.wanted = changed.wanted`,
    );
    updated = result.rowCount ?? 0;
  });
  if (refusal !== null) await requireNobodyActs(client, target, refusal);
  return updated;
}

async function requireNobodyActs(client: pg.Client, target: string, { message }: Refusal): Promise<void> {
  const names = await foreignKeysThatAct(client, target);
  if (names.length === 0) return;
  throw new FatalError(
    "REPLACE_REFERENCED",
    `Rows of ${target} can not be updated (${message}), and not be deleted and inserted again either: the foreign key ${names.join(", ")} forbids or follows that`,
    {
      fix: "Mend the source, or make the foreign key ON DELETE NO ACTION; where rows exchange a unique value, make its constraint DEFERRABLE",
      details: { foreignKeys: names },
    },
  );
}

async function primaryKey(client: pg.Client, target: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
WHERE i.indrelid = to_regclass($1) AND i.indisprimary AND i.indisvalid`,
    [target],
  );
  return rows.map(({ name }) => name);
}

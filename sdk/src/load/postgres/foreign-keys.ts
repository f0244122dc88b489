import type pg from "pg";

/** Foreign keys to a table (quoted) that do something at once where a row of it is deleted, be it inserted again in the same statement. */
export async function foreignKeysThatAct(client: pg.Client, target: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I on %s', conname, conrelid::regclass) AS name FROM pg_constraint
WHERE contype = 'f' AND confrelid = to_regclass($1) AND confdeltype <> 'a' AND conparentid = 0 ORDER BY 1`,
    [target],
  );
  return rows.map(({ name }) => name);
}

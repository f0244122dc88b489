import type pg from "pg";

/** A row that would be written, as JSON text of its columns. */
export interface RowChange {
  readonly operation: "insert" | "update" | "delete";
  readonly row: string;
}

const EACH = 5;

const OPERATIONS = [
  { operation: "insert", event: "INSERT", tables: "NEW TABLE AS millrace_rows" },
  { operation: "update", event: "UPDATE", tables: "NEW TABLE AS millrace_rows" },
  { operation: "delete", event: "DELETE", tables: "OLD TABLE AS millrace_rows" },
] as const;

/**
 * Keeps the first rows that each kind of statement writes to a table (quoted), within the transaction that is open; returns
 * whether the role may do so: it takes the right to make triggers.
 */
export async function keepSamples(client: pg.Client, table: string): Promise<boolean> {
  const run = (sql: string) => client.query(sql);
  await run("SAVEPOINT millrace_samples");
  try {
    await run("CREATE TEMPORARY TABLE IF NOT EXISTS millrace_samples (operation text, line jsonb)");
    for (const { operation, event, tables } of OPERATIONS) {
      await run(`CREATE OR REPLACE FUNCTION pg_temp.millrace_sample_${operation}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO pg_temp.millrace_samples SELECT '${operation}', to_jsonb(kept) FROM millrace_rows kept
    LIMIT greatest(0, ${EACH} - (SELECT count(*) FROM pg_temp.millrace_samples WHERE operation = '${operation}'));
  RETURN NULL;
END $$;
CREATE TRIGGER zz_millrace_sample_${operation} AFTER ${event} ON ${table} REFERENCING ${tables}
  FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.millrace_sample_${operation}()`);
    }
    await run("RELEASE SAVEPOINT millrace_samples");
    return true;
  } catch {
    await run("ROLLBACK TO SAVEPOINT millrace_samples");
    return false;
  }
}

/** What was kept so far. */
export async function keptSamples(client: pg.Client): Promise<RowChange[]> {
  const { rows } = await client.query<RowChange>(
    "SELECT operation, line::text AS row FROM pg_temp.millrace_samples ORDER BY 1",
  );
  return rows;
}

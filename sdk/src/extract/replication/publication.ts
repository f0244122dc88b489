import pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Relation } from "../postgres/relation.ts";

export interface PublicationOptions {
  readonly publication: string;
  readonly table: { readonly schema: string; readonly name: string };
  readonly relation: Relation;
}

/**
 * What of a table is published: which columns, and of which rows (SQL; null for all).
 * Raises FatalError REPLICATION where the server does not log what is needed, or does not publish the table.
 */
export async function published(
  client: pg.Client,
  { publication, table, relation }: PublicationOptions,
): Promise<{ readonly names: readonly string[]; readonly filter: string | null }> {
  const { rows } = await client.query<{
    level: string;
    standby: boolean;
    found: { readonly attnames?: readonly string[] | null; readonly rowfilter?: string | null } | null;
  }>(
    `SELECT current_setting('wal_level') AS level, pg_is_in_recovery() AS standby,
  (SELECT to_jsonb(p) FROM pg_publication_tables p WHERE pubname = $1 AND schemaname = $2 AND tablename = $3 LIMIT 1) AS found`,
    [publication, table.schema, table.name],
  );
  const { level, standby, found } = rows[0]!;
  if (level !== "logical")
    throw notReplicated(`its wal_level is ${level}`, "ALTER SYSTEM SET wal_level = logical, and restart it");
  if (standby) throw notReplicated("it is a standby", "Read from the primary");
  if (found === null) {
    const publish = pg.escapeIdentifier(publication);
    throw notReplicated(
      `publication ${publication} has no table ${relation.from}`,
      `CREATE PUBLICATION ${publish} FOR TABLE ${relation.from}, or ALTER PUBLICATION ${publish} ADD TABLE ${relation.from}`,
    );
  }
  const all = relation.columns.map(({ name }) => name);
  return { names: found.attnames ?? all, filter: found.rowfilter ?? null };
}

export function notReplicated(what: string, fix: string): FatalError {
  return new FatalError("REPLICATION", `The source's changes can not be read: ${what}`, { fix });
}

import type { Sql } from "postgres";
import type { LoadStrategy } from "../../strategy.ts";

/** Where a strategy tells rows by a key that the database does not keep unique. */
export async function keyProblems(sql: Sql, oid: string, load: LoadStrategy): Promise<string[]> {
  if (load.strategy !== "upsert" && load.strategy !== "apply-changes") return [];
  const key = load.key.map(({ name }) => name);
  const [index] = await sql`
    SELECT 1 FROM pg_index i WHERE i.indrelid = ${oid}::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k
           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) = ${key.toSorted()}::text[]`;
  return index
    ? []
    : [
        `no unique index on (${key.join(", ")}), which ${load.strategy === "upsert" ? "the upsert" : "applyChanges"} needs`,
      ];
}

import type { LoadStrategy } from "../../strategy.ts";
import type { Questions } from "./questions.ts";

/** Where a strategy tells rows by a key that the database does not keep unique; `table` is quoted. */
export async function keyProblems(client: Questions, table: string, load: LoadStrategy): Promise<string[]> {
  if (load.strategy !== "upsert" && load.strategy !== "apply-changes") return [];
  const key = load.key.map(({ name }) => name);
  const { rows } = await client.query(
    `SELECT 1 FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k
           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) = $2::text[]`,
    [table, key.toSorted()],
  );
  return rows.length > 0
    ? []
    : [
        `no unique index on (${key.join(", ")}), which ${load.strategy === "upsert" ? "the upsert" : "applyChanges"} needs`,
      ];
}

import { startPostgres } from "@millrace/sdk/testing";
import postgres from "postgres";

/** The start of an operator's file: what it imports, and its table. */
export const HEAD = `import { defineOperator, query, replace } from "@millrace/sdk";
import { sql } from "drizzle-orm";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
const table = pgTable("t", { id: integer("id"), note: text("note") });
`;

/** An operator \`x\` that loads one row, with the note that \`note\` returns when it extracts. */
export function operator(before: string, note: string): string {
  return `${HEAD}${before}
export default defineOperator({
  name: "x",
  extract: async () => {
    const note: string = ${note};
    return query(sql\`SELECT 1 AS id, \${note}::text AS note\`);
  },
  target: table,
  load: replace(),
});
`;
}

export interface NoteDatabase extends AsyncDisposable {
  readonly env: { readonly DATABASE_URL: string };
  /** The note that was loaded last. */
  note(): Promise<string>;
}

export async function noteDatabase(): Promise<NoteDatabase> {
  const server = await startPostgres();
  const DATABASE_URL = await server.createDatabase("operators");
  const sql = postgres(DATABASE_URL, { max: 1 });
  await sql`CREATE TABLE t (id integer, note text)`;
  return {
    env: { DATABASE_URL },
    note: async () => (await sql<{ note: string }[]>`SELECT note FROM t`)[0]?.note ?? "",
    async [Symbol.asyncDispose]() {
      await sql.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

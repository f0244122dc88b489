import postgres, { type Sql } from "postgres";

/** What a load has left behind, as lines of text in order. */
export type Content = Readonly<Record<"rows" | "deadLetters" | "tombstones" | "accounts", readonly string[]>>;

export interface ContentOptions {
  readonly table: string;
  /** Which outcomes the records had in detail, or only that each had one. */
  readonly outcomes: boolean;
}

export async function readContent(url: string, { table, outcomes }: ContentOptions): Promise<Content> {
  await using connection = connect(url);
  const { sql } = connection;
  const lines = async (query: string) => (await sql.unsafe<{ line: string }[]>(query)).map(({ line }) => line);
  const counts = outcomes ? "counts::text" : `format('read %s, rejected %s', counts->>'read', counts->>'rejected')`;
  const outcome = ["inserted", "updated", "unchanged", "deleted", "filtered", "superseded", "rejected"];
  const sum = outcome.map((name) => `(counts->>'${name}')::int`).join(" + ");
  return {
    rows: await lines(`SELECT t::text AS line FROM ${table} t ORDER BY 1`),
    deadLetters: await lines(
      "SELECT concat_ws(' ', line, byte_offset, code, field, reason, record) AS line FROM millrace.dead_letters WHERE status = 'open' ORDER BY 1",
    ),
    tombstones: await lines(
      "SELECT concat_ws(' ', target_table, key, sequence) AS line FROM millrace.tombstones ORDER BY 1",
    ),
    accounts: await lines(
      `SELECT concat_ws(' ', status, ${counts}, CASE WHEN ${sum} = (counts->>'read')::int THEN 'accounted' END) AS line FROM millrace.checkpoints`,
    ),
  };
}

/** How many loads have finished, whatever their processes came to say of it. */
export async function finishedLoads(url: string): Promise<number> {
  await using connection = connect(url);
  const { sql } = connection;
  const [state] = await sql<{ there: boolean }[]>`SELECT to_regclass('millrace.runs') IS NOT NULL AS there`;
  if (!state?.there) return 0;
  const rows = await sql<{ n: number }[]>`SELECT count(*)::int AS n FROM millrace.runs WHERE status = 'finished'`;
  return rows[0]!.n;
}

/** The first lines in which two differ; null where they do not. */
export function difference(expected: Content, actual: Content): string | null {
  const found: string[] = [];
  for (const part of ["rows", "deadLetters", "tombstones", "accounts"] as const) {
    const missing = subtract(expected[part], actual[part]);
    const more = subtract(actual[part], expected[part]);
    const some = (lines: readonly string[], mark: string) => lines.slice(0, 3).map((line) => `  ${mark} ${line}`);
    if (missing.length + more.length > 0) {
      found.push(
        `${part}: ${missing.length} missing, ${more.length} too many`,
        ...some(missing, "-"),
        ...some(more, "+"),
      );
    }
  }
  return found.length === 0 ? null : found.join("\n");
}

/** The lines of `all` without those of `others`, each as often as it comes. */
function subtract(all: readonly string[], others: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const line of others) times.set(line, (times.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const left = times.get(line) ?? 0;
    if (left > 0) times.set(line, left - 1);
    return left === 0;
  });
}

function connect(url: string): { readonly sql: Sql } & AsyncDisposable {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}

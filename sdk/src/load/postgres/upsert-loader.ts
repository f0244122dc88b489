import type { Loader } from "../loader.ts";
import { STAGE } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";
import { columnList, quoted, type TargetColumn } from "./target-columns.ts";

/** Each chunk is staged and merged; of several rows with one key the last wins. */
export function upsertLoader(session: LoadSession, key: readonly TargetColumn[]): Loader {
  const keys = columnList(key);
  const all = mergeStatement(session, key, `SELECT ${session.columnList} FROM ${STAGE}`);
  // In the stage, which is filled once and in order, the higher ctid is the later row.
  const lastOfEach = `SELECT DISTINCT ON (${keys}) ${session.columnList} FROM ${STAGE} ORDER BY ${keys}, ctid DESC`;
  const net = mergeStatement(session, key, lastOfEach);
  return pipelinedLoader(session, {
    prepare: (lane) => lane.createStage("DELETE ROWS"),
    stage: (lane, chunk) => lane.put(chunk, STAGE),
    async merge({ client }, staged, counts) {
      if (staged === 0) return;
      const distinct = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM (SELECT 1 FROM ${STAGE} GROUP BY ${keys}) keys`);
      const rows = distinct.rows[0]!.n;
      const merged = await client.query<{ inserted: number; updated: number }>(rows === staged ? all : net);
      const { inserted, updated } = merged.rows[0]!;
      counts.inserted += inserted;
      counts.updated += updated;
      counts.unchanged += rows - inserted - updated;
      counts.superseded += staged - rows;
    },
  });
}

function mergeStatement({ target, columns, columnList: names }: LoadSession, key: readonly TargetColumn[], rows: string): string {
  const others = columns.filter((column) => !key.includes(column));
  const set = others.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ");
  const row = (prefix: string) => `ROW(${others.map((column) => comparable(column, prefix)).join(", ")})`;
  const conflict =
    others.length === 0 ? "DO NOTHING" : `DO UPDATE SET ${set} WHERE ${row("present.")} IS DISTINCT FROM ${row("excluded.")}`;
  // xmax is 0 in a row that was inserted.
  return `WITH merged AS (
  INSERT INTO ${target} AS present (${names}) ${rows}
  ON CONFLICT (${columnList(key)}) ${conflict}
  RETURNING (xmax = 0) AS inserted
)
SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS updated FROM merged`;
}

const WITHOUT_EQUALITY = /^(json|xml|point|polygon|line|lseg|path|box|circle)\b/;

/** json, xml and the geometric types have no equality (or a loose one): their text is compared. */
function comparable({ name, sqlType }: TargetColumn, prefix: string): string {
  return `${prefix}${quoted(name)}${WITHOUT_EQUALITY.test(sqlType) ? "::text" : ""}`;
}

import { addCounts, noCounts } from "../../record/counts.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import type { LoadSession } from "./load-session.ts";
import { columnList, quoted, type TargetColumn } from "./target-columns.ts";

/** Each chunk is staged and merged in a transaction of its own; of several rows with one key the last wins. */
export function upsertLoader(session: LoadSession, key: readonly TargetColumn[]): Loader {
  const { client, stage } = session;
  const merge = mergeStatement(session, key);
  let position = 0;
  let created = false;
  return {
    async load(chunk: Chunk) {
      position = chunk.position;
      if (!created) await session.createStage("DELETE ROWS");
      created = true;
      await session.transaction(async () => {
        const counts = noCounts();
        const staged = await session.put(chunk, stage);
        addChunkCounts(counts, chunk, staged);
        if (staged > 0) {
          const { rows } = await client.query<{ net: number; inserted: number; updated: number }>(merge);
          const { net, inserted, updated } = rows[0]!;
          addCounts(counts, { inserted, updated, unchanged: net - inserted - updated, superseded: staged - net });
        }
        return { counts, deadLetters: chunk.deadLetters, position, finished: false };
      });
    },
    async finish() {
      await session.transaction(async () => ({ counts: noCounts(), deadLetters: [], position, finished: true }));
    },
  };
}

function mergeStatement({ target, columns, stage, columnList: names }: LoadSession, key: readonly TargetColumn[]): string {
  const keys = columnList(key);
  const others = columns.filter((column) => !key.includes(column));
  const set = others.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ");
  const row = (prefix: string) => `ROW(${others.map((column) => comparable(column, prefix)).join(", ")})`;
  const conflict =
    others.length === 0 ? "DO NOTHING" : `DO UPDATE SET ${set} WHERE ${row("present.")} IS DISTINCT FROM ${row("excluded.")}`;
  // In the stage, which is filled once and in order, the higher ctid is the later row. xmax is 0 in a row that was inserted.
  return `WITH net AS (SELECT DISTINCT ON (${keys}) ${names} FROM ${stage} ORDER BY ${keys}, ctid DESC),
merged AS (
  INSERT INTO ${target} AS present (${names}) SELECT ${names} FROM net
  ON CONFLICT (${keys}) ${conflict}
  RETURNING (xmax = 0) AS inserted
)
SELECT (SELECT count(*)::int FROM net) AS net,
  (SELECT count(*)::int FROM merged WHERE inserted) AS inserted,
  (SELECT count(*)::int FROM merged WHERE NOT inserted) AS updated`;
}

const WITHOUT_EQUALITY = /^(json|xml|point|polygon|line|lseg|path|box|circle)\b/;

/** json, xml and the geometric types have no equality (or a loose one): their text is compared. */
function comparable({ name, sqlType }: TargetColumn, prefix: string): string {
  return `${prefix}${quoted(name)}${WITHOUT_EQUALITY.test(sqlType) ? "::text" : ""}`;
}

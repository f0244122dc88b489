import type { Loader } from "../../load/loader.ts";
import { STAGE } from "../../load/postgres/lane.ts";
import type { LoadSession } from "../../load/postgres/load-session.ts";
import { pipelinedLoader } from "../../load/postgres/pipelined-loader.ts";
import { columnList, quoted, type TargetColumn } from "../../load/postgres/target-columns.ts";
import { addCounts, type Counts } from "../../record/counts.ts";

/** The keys that a chunk's transaction has inserted: those rows may be replaced by later ones of the same chunk. */
const OWN_KEYS = "pg_temp.millrace_own_keys";

/**
 * Inserts rows whose key the target does not have; of several with one key the last. Where the key is there with another
 * row the server refuses it (UNIQUE): nobody can tell which of the two is newer. The same row counts as unchanged.
 */
export function newKeysLoader(session: LoadSession, key: readonly TargetColumn[]): Loader {
  const keys = columnList(key);
  const insert = insertStatement(session, key);
  return pipelinedLoader(session, {
    async prepare(lane) {
      await lane.createStage("DELETE ROWS");
      await lane.client.query(
        `CREATE TEMPORARY TABLE millrace_own_keys ON COMMIT DELETE ROWS AS SELECT ${keys} FROM ${session.target} WITH NO DATA`,
      );
    },
    async stage(lane, chunk) {
      await lane.freshStage();
      return await lane.put(chunk, STAGE);
    },
    async merge({ client }, { counts }) {
      addCounts(counts, (await client.query<Partial<Counts>>(insert(STAGE))).rows[0]!);
    },
    // No key: a row that is there is not to be replaced.
    rows: { key: null, merge: insert },
  });
}

function insertStatement({ target, columns, columnList: names }: LoadSession, key: readonly TargetColumn[]) {
  const keys = columnList(key);
  const sameKey = key.map(({ name }) => `present.${quoted(name)} = net.${quoted(name)}`).join(" AND ");
  const own = `(${columnList(key, "net.")}) IN (SELECT ${keys} FROM ${OWN_KEYS})`;
  const text = (prefix: string) => `ROW(${columnList(columns, prefix)})::text`;
  const same = `EXISTS (SELECT 1 FROM ${target} present WHERE ${sameKey} AND ${text("present.")} = ${text("net.")})`;
  const set = columns.map(({ name }) => `${quoted(name)} = net.${quoted(name)}`).join(", ");
  const count = (of: string) => `(SELECT count(*)::int FROM ${of})`;
  return (
    from: string,
  ) => `WITH net AS (SELECT DISTINCT ON (${keys}) ${names} FROM ${from} ORDER BY ${keys}, ctid DESC),
replaced AS (UPDATE ${target} AS present SET ${set} FROM net WHERE ${sameKey} AND ${own} RETURNING 1),
written AS (INSERT INTO ${target} (${names}) SELECT ${names} FROM net WHERE NOT (${own}) AND NOT ${same} RETURNING ${keys}),
noted AS (INSERT INTO ${OWN_KEYS} SELECT ${keys} FROM written),
sums AS (SELECT ${count(from)} AS rows, ${count("net")} AS net, ${count("written")} AS written, ${count("replaced")} AS replaced)
SELECT written AS inserted, net - written - replaced AS unchanged, rows - net + replaced AS superseded FROM sums`;
}

import type { Chunk, Loader } from "../loader.ts";
import { copySteps } from "./insert-rows.ts";
import type { Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { pipelinedLoader } from "./pipelined-loader.ts";

/** Rows are copied straight into the target, chunk by chunk. */
export function appendLoader(session: LoadSession): Loader {
  const steps = copySteps(session);
  let oneByOne = true;
  // Where keys are unique, a chunk may have to wait for a key that the next one has inserted already and not committed,
  // while that one waits for its turn: there, rows are sent only when it has come.
  const waits = ({ content }: Chunk) => oneByOne && content.kind === "encoded";
  return pipelinedLoader(session, {
    ...steps,
    prepare: async (lane) => {
      oneByOne = await rowsMayWait(lane, session.target);
    },
    stage: async (lane, chunk) => (waits(chunk) ? rowsOf(chunk) : await steps.stage(lane, chunk)),
    async merge(lane, merge) {
      const { chunk } = merge;
      // As many as the server took: a trigger may have kept rows out.
      const staged = waits(chunk) ? await lane.put(chunk, session.target) : merge.staged;
      await steps.merge(lane, { ...merge, staged });
    },
  });
}

/** Partitions may have what their table has not, and a trigger may do whatever it likes. */
async function rowsMayWait({ client }: Lane, table: string): Promise<boolean> {
  const { rows } = await client.query<{ waits: boolean }>(
    `WITH tables AS (SELECT $1::regclass::oid AS oid UNION SELECT relid FROM pg_partition_tree($1::regclass))
SELECT EXISTS (SELECT FROM pg_index, tables WHERE indrelid = oid AND (indisunique OR indisexclusion))
  OR EXISTS (SELECT FROM pg_trigger, tables WHERE tgrelid = tables.oid AND NOT tgisinternal) AS waits`,
    [table],
  );
  return rows[0]!.waits;
}

function rowsOf({ content }: Chunk): number {
  return content.kind === "encoded" ? content.rows : 0;
}

import { FatalError } from "../../../errors/millrace-error.ts";
import { addCounts, type Counts } from "../../../record/counts.ts";
import type { Chunk } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import type { ChunkSteps } from "../pipelined-loader.ts";
import { stageSelect, type ChangeColumns } from "./change-columns.ts";
import { mergeChanges } from "./merge-changes.ts";
import { supersededChanges } from "./superseded.ts";
import { TOMBSTONES } from "./tombstones.ts";
import { findUniqueValues, refuseSwaps, type UniqueValues } from "./unique-swaps.ts";

/** Changes are staged chunk by chunk; of each key, what they come to is applied in one transaction. */
export function changesSteps(session: LoadSession, columns: ChangeColumns): ChunkSteps {
  let unique: UniqueValues = { indexes: [], cascades: [], columns: [] };
  const net = supersededChanges(columns);
  const leftOut = new WeakMap<Chunk, number>();
  return {
    // A change that is refused by itself may be superseded within its chunk.
    plainFirst: true,
    async prepare(lane) {
      // A chunk is sorted several times: in memory, and without compiling statements that run for milliseconds.
      await lane.client.query("SET work_mem = '64MB'; SET jit = off");
      await lane.createStage("DELETE ROWS", stageSelect(columns));
      unique = await findUniqueValues(lane.client, columns);
    },
    async stage(lane, chunk) {
      const { client } = lane;
      if (chunk.content.kind === "encoded") {
        await lane.freshStage();
        const { data, superseded } = net?.(chunk.content) ?? { data: chunk.content.data, superseded: 0 };
        leftOut.set(chunk, superseded);
        return chunk.content.rows === 0 ? 0 : await copyRows(client, `${STAGE} (${session.columnList})`, data);
      }
      throw new FatalError("QUERY_CHANGES", "applyChanges takes changes from a transform, and a query gives rows", {
        fix: "Load the query's rows with `upsert`",
      });
    },
    async merge({ client }, { chunk, staged, counts }) {
      if (staged === 0) return;
      counts.superseded += leftOut.get(chunk)!;
      const { rows } = await client.query<{ some: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM ${TOMBSTONES} WHERE target_table = $1) AS some`,
        [columns.tableName],
      );
      const options = { from: STAGE, entombed: rows[0]!.some, unique };
      await refuseSwaps(client, columns, options);
      const merged = await client.query<Partial<Counts>>(mergeChanges(columns, options));
      addCounts(counts, merged.rows[0]!);
    },
    rows: { key: columns.key, merge: (from) => mergeChanges(columns, { from, entombed: true, unique }) },
  };
}

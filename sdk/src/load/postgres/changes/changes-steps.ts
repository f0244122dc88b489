import { FatalError } from "../../../errors/millrace-error.ts";
import { addCounts, type Counts } from "../../../record/counts.ts";
import type { Chunk } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import type { ChunkSteps } from "../pipelined-loader.ts";
import { stageSelect, type ChangeColumns } from "./change-columns.ts";
import { mergeChanges } from "./merge-changes.ts";
import { mergeDistinct } from "./merge-distinct.ts";
import { supersededChanges, type NetRows } from "./superseded.ts";
import { TOMBSTONES } from "./tombstones.ts";
import { findUniqueValues, refuseSwaps, type UniqueValues } from "./unique-swaps.ts";

/** Changes are staged chunk by chunk; of each key, what they come to is applied in one transaction. */
export function changesSteps(session: LoadSession, columns: ChangeColumns): ChunkSteps {
  let unique: UniqueValues = { indexes: [], simple: false, cascades: [], columns: [] };
  const net = supersededChanges(columns);
  const nets = new WeakMap<Chunk, NetRows>();
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
        const rows = net?.(chunk.content);
        if (rows !== undefined) nets.set(chunk, rows);
        if (chunk.content.rows === 0) return 0;
        return await copyRows(client, `${STAGE} (${session.columnList})`, rows?.data ?? chunk.content.data);
      }
      throw new FatalError("QUERY_CHANGES", "applyChanges takes changes from a transform, and a query gives rows", {
        fix: "Load the query's rows with `upsert`",
      });
    },
    async merge({ client }, { chunk, staged, counts }) {
      if (staged === 0) return;
      const rows = nets.get(chunk);
      nets.delete(chunk); // its rows are a copy, and the server has them
      counts.superseded += rows?.superseded ?? 0;
      const stones = await client.query<{ some: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM ${TOMBSTONES} WHERE target_table = $1) AS some`,
        [columns.tableName],
      );
      const options = { from: STAGE, entombed: stones.rows[0]!.some, unique };
      await refuseSwaps(client, columns, options);
      const simple = rows?.distinct === true && unique.simple && unique.indexes.length === 0;
      const merged = await client.query<Partial<Counts>>(
        simple ? mergeDistinct(columns, { ...options, ...rows }) : mergeChanges(columns, options),
      );
      addCounts(counts, merged.rows[0]!);
    },
    rows: { key: columns.key, merge: (from) => mergeChanges(columns, { from, entombed: true, unique }) },
  };
}

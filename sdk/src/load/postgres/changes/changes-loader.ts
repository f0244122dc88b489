import { FatalError } from "../../../errors/millrace-error.ts";
import type { Chunk, Loader } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE, type Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import { pipelinedLoader } from "../pipelined-loader.ts";
import { columnList } from "../target-columns.ts";
import { applyNet } from "./apply-net.ts";
import { OPERATION, previousKey, type ChangeColumns } from "./change-columns.ts";
import { createNet, netStatement, type NetCounts, type NetOptions } from "./net-changes.ts";
import { findUniqueValues, type UniqueValues } from "./unique-swaps.ts";
import { TOMBSTONES } from "./tombstones.ts";

/** Changes are staged chunk by chunk; of each key, what they come to is applied in one transaction. */
export function changesLoader(session: LoadSession, columns: ChangeColumns): Loader {
  const net: NetOptions = { target: session.target, columns };
  const before = previousKey(columns);
  const staged = `${columnList(columns.all)}, ${OPERATION}, ${columnList(before)}`;

  let unique: UniqueValues | undefined;

  async function createStage({ client }: Lane): Promise<void> {
    const keys = columns.key.map(({ name }, index) => `${columnList([{ name }])} AS ${before[index]!.name}`);
    await client.query(
      `CREATE TEMPORARY TABLE millrace_stage ON COMMIT DELETE ROWS AS SELECT ${columnList(columns.all)}, ''::text AS ${OPERATION}, ${keys.join(", ")} FROM ${session.target} WITH NO DATA`,
    );
  }

  return pipelinedLoader(session, {
    async prepare(lane) {
      // A chunk is sorted several times: in memory, and without compiling statements that run for milliseconds.
      await lane.client.query("SET work_mem = '64MB'; SET jit = off");
      await createStage(lane);
      await lane.client.query(createNet(net));
      unique ??= await findUniqueValues(lane.client, net);
    },
    async stage({ client }, { content }) {
      if (content.kind === "query") {
        throw new FatalError("QUERY_CHANGES", "applyChanges takes changes from a transform, and a query gives rows", {
          fix: "Load the query's rows with `upsert`",
        });
      }
      return content.rows === 0 ? 0 : await copyRows(client, `${STAGE} (${staged})`, content.data);
    },
    async merge({ client }, { staged: rows, counts }) {
      if (rows === 0) return;
      // Chunks of other partitions may speak of the same keys, and a tombstone must not be missed.
      await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`millrace changes ${columns.table}`]);
      const { rows: found } = await client.query<{ some: boolean }>(`SELECT EXISTS (SELECT 1 FROM ${TOMBSTONES} WHERE target_table = $1) AS some`, [columns.table]);
      const entombed = found[0]!.some;
      const { inserted, updated, deleted, moved, removals, same } = (await client.query<NetCounts>(netStatement(net, { entombed }))).rows[0]!;
      await applyNet(client, net, { removals: removals > 0, entombed, unique: unique! });
      counts.inserted += inserted;
      counts.updated += updated;
      counts.deleted += deleted;
      counts.unchanged += same;
      counts.superseded += rows - inserted - updated - deleted - same;
      counts.removed += moved;
    },
  });
}

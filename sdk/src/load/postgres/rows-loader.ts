import { FatalError } from "../../errors/millrace-error.ts";
import { noCounts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import type { PartitionBounds } from "../partition-bounds.ts";
import { boundsCondition, type Condition } from "./bounds-condition.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import type { TargetColumn } from "./target-columns.ts";
import { writeDifference } from "./write-difference.ts";

export interface RowsLoaderOptions {
  /** The partition whose rows are made those of the source; the whole table without it. */
  readonly partition?: { readonly column: TargetColumn; readonly bounds: PartitionBounds };
  readonly minRows: number;
  readonly maxShrink: number;
  /** Reading the source can not stall: its rows may go straight into an empty target, in one long transaction. */
  readonly direct: boolean;
}

/**
 * Makes the target's rows (of a partition, or all) those of the source, in one transaction at the end: copied straight
 * where there are none yet, else staged, and then only the difference is written.
 * Raises FatalError REPLACE_TOO_SMALL, REPLACE_SHRANK, OUTSIDE_PARTITION.
 */
export function rowsLoader(session: LoadSession, options: RowsLoaderOptions): Loader {
  const { partition } = options;
  const where = partition === undefined ? { sql: "true", values: [] } : boundsCondition(partition.column, partition.bounds);
  const deadLetters: DeadLetter[] = [];
  const counts = noCounts();
  let lane: Lane | undefined;
  let direct = false;
  let rows = 0;

  async function open(): Promise<Lane> {
    const opened = await session.openLane();
    if (options.direct) {
      await opened.begin();
      await session.lock(opened);
      direct = (await count(opened, `SELECT count(*) AS n FROM (SELECT 1 FROM ${session.target} WHERE ${where.sql} LIMIT 1) one`, where.values)) === 0;
      if (direct) return opened;
      await opened.rollback();
    }
    await opened.createStage("PRESERVE ROWS");
    return opened;
  }

  async function complete(at: Lane, { position }: Chunk): Promise<void> {
    if (!direct) {
      await at.client.query(`ANALYZE ${STAGE}`);
      await at.begin();
      await session.lock(at);
      if (partition !== undefined) await requireInside(at, where, partition.column);
    }
    const present = direct ? 0 : await count(at, `SELECT count(*) AS n FROM ${session.target} WHERE ${where.sql}`, where.values);
    checkSize(session.target, { ...options, rows, present });
    const written = direct ? { inserted: rows, unchanged: 0, removed: 0 } : await writeDifference(at, session, { where, present, rows });
    Object.assign(counts, written);
    await session.commit(at, { counts, deadLetters, position, finished: true });
  }

  return {
    async load(chunk) {
      lane ??= await open();
      try {
        const put = await lane.put(chunk, direct ? session.target : STAGE);
        rows += put;
        addChunkCounts(counts, chunk, put);
        deadLetters.push(...chunk.deadLetters);
        if (chunk.last) await complete(lane, chunk);
      } catch (error) {
        await lane.rollback();
        throw error;
      }
    },
    async finish() {},
    async abandon() {
      await lane?.rollback();
    },
  };
}

/** A safety net: rows from a query have not been held against the partition one by one. */
async function requireInside(lane: Lane, { sql, values }: Condition, column: TargetColumn): Promise<void> {
  const outside = await count(lane, `SELECT count(*) AS n FROM ${STAGE} WHERE (${sql}) IS NOT TRUE`, values);
  if (outside === 0) return;
  throw new FatalError("OUTSIDE_PARTITION", `${outside} rows of the source lie outside of the partition by "${column.name}"`, {
    fix: "Restrict the source to the partition",
  });
}

function checkSize(
  target: string,
  { minRows, maxShrink, rows, present }: Pick<RowsLoaderOptions, "minRows" | "maxShrink"> & { readonly rows: number; readonly present: number },
): void {
  if (rows < minRows) {
    throw new FatalError("REPLACE_TOO_SMALL", `The source has ${rows} rows, fewer than minRows (${minRows}); the ${present} rows of ${target} are kept`, {
      fix: "Look at the source; if it is right, lower `minRows`",
    });
  }
  if (present - rows > present * maxShrink) {
    throw new FatalError("REPLACE_SHRANK", `The source has ${rows} rows and ${target} ${present}: more than ${maxShrink * 100} % would vanish; the table is kept`, {
      fix: "Look at the source; if it is right, raise `maxShrink`",
    });
  }
}

async function count(lane: Lane, sql: string, values: readonly string[]): Promise<number> {
  const { rows } = await lane.client.query<{ n: string }>(sql, [...values]);
  return Number(rows[0]!.n);
}

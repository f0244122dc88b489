import { FatalError } from "../../errors/millrace-error.ts";
import { addCounts, noCounts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import { oneBehindLoader } from "../one-behind-loader.ts";
import type { PartitionBounds } from "../partition-bounds.ts";
import { boundsCondition, type Condition } from "./bounds-condition.ts";
import { databaseMayRecover, isConnected } from "./database-retry.ts";
import { DirectRows } from "./direct-rows.ts";
import { checkSize } from "./replace-size.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { StagedRows } from "./staged-rows.ts";
import type { Again } from "./staged-origins.ts";
import type { TargetColumn } from "./target-columns.ts";

export interface RowsLoaderOptions {
  /** The partition whose rows are made those of the source; the whole table without it. */
  readonly partition?: { readonly column: TargetColumn; readonly bounds: PartitionBounds };
  readonly minRows: number;
  readonly maxShrink: number;
  /** Reading the source can not stall: its rows may go straight into an empty target, in one long transaction. */
  readonly direct: boolean;
  /** For the records of rows that the server refuses when all are staged; null where they have none. */
  readonly again: Again | null;
}

interface WriteOptions {
  readonly chunk: Chunk;
  /** Of refused rows, as far as they are known. */
  readonly letters: Map<number, DeadLetter>;
}

/**
 * Makes the target's rows (of a partition, or all) those of the source, in one transaction at the end: copied straight
 * where there are none yet, else staged, and then only the difference is written.
 * Raises FatalError REPLACE_TOO_SMALL, REPLACE_SHRANK, OUTSIDE_PARTITION.
 */
export function rowsLoader(session: LoadSession, options: RowsLoaderOptions): Loader {
  const { partition } = options;
  const where =
    partition === undefined ? { sql: "true", values: [] } : boundsCondition(partition.column, partition.bounds);
  const deadLetters: DeadLetter[] = [];
  const counts = noCounts();
  let lane: Lane | undefined;
  let rows: DirectRows | StagedRows | undefined;

  async function open(): Promise<DirectRows | StagedRows> {
    const opened = (lane = await session.openLane());
    if (options.direct) {
      await opened.begin();
      await session.lock(opened);
      const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${session.target} AS present WHERE ${where.sql} LIMIT 1) one`;
      if ((await count(opened, sql, where.values)) === 0) return new DirectRows(session, opened);
      await opened.rollback();
    }
    await opened.createStage("PRESERVE ROWS");
    return new StagedRows(session, opened, options.again);
  }

  async function put(to: DirectRows | StagedRows, chunk: Chunk): Promise<void> {
    deadLetters.push(...chunk.deadLetters);
    if (to instanceof DirectRows) {
      const loaded = await to.put(chunk);
      addCounts(counts, loaded.counts);
      deadLetters.push(...loaded.deadLetters);
    } else {
      const staged = to.count;
      const letters = await to.put(chunk);
      addChunkCounts(counts, chunk, to.count - staged);
      counts.rejected += letters.length;
      deadLetters.push(...letters);
    }
  }

  async function completeDirect(at: Lane, { position, cursor }: Chunk): Promise<void> {
    checkSize(session.target, { ...options, rows: counts.inserted, present: 0 });
    await session.commit(at, { counts, deadLetters, position, cursor, finished: true });
  }

  async function completeStaged(at: Lane, staged: StagedRows, chunk: Chunk): Promise<void> {
    const letters = new Map<number, DeadLetter>();
    let committed = false;
    const transaction = async () => {
      try {
        while (!committed) committed = await writeStaged(at, staged, { chunk, letters });
      } catch (error) {
        await at.rollback();
        throw error;
      }
    };
    // With the connection the staged rows are gone.
    await session.retry(transaction, (error) => isConnected(error) && databaseMayRecover(error));
  }

  /** False where records of refused rows had to be read first, for which nothing may be held. */
  async function writeStaged(at: Lane, staged: StagedRows, { chunk, letters }: WriteOptions): Promise<boolean> {
    await at.begin();
    await session.lock(at);
    if (partition !== undefined) await requireInside(at, where, partition.column);
    const difference = await staged.compare(where);
    const { present } = difference;
    checkSize(session.target, { ...options, rows: staged.count, present });
    const written = await staged.write(difference);
    checkSize(session.target, { ...options, rows: staged.count - written.refused.length, present });
    const unknown = written.refused.filter(({ row }) => !letters.has(row));
    const holds = unknown.length === 0 || options.direct;
    if (!holds) await at.rollback();
    for (const [index, letter] of (await staged.letters(unknown)).entries()) letters.set(unknown[index]!.row, letter);
    if (!holds) return false;
    const all = { ...counts };
    addCounts(all, written.counts);
    all.rejected += written.refused.length;
    const refused = written.refused.map(({ row }) => letters.get(row)!);
    const { position, cursor } = chunk;
    await session.commit(at, {
      counts: all,
      deadLetters: [...deadLetters, ...refused],
      position,
      cursor,
      finished: true,
    });
    return true;
  }

  async function prepare(): Promise<DirectRows | StagedRows> {
    return (rows ??= await open());
  }

  async function take(chunk: Chunk): Promise<void> {
    try {
      const to = await prepare();
      await put(to, chunk);
      chunk.release?.();
      if (!chunk.last) return;
      if (to instanceof DirectRows) await completeDirect(lane!, chunk);
      else await completeStaged(lane!, to, chunk);
    } catch (error) {
      await lane?.rollback();
      throw error;
    }
  }

  return oneBehindLoader({
    prepare,
    take,
    async giveUp() {
      await lane?.rollback();
    },
  });
}

/** A safety net: rows from a query have not been held against the partition one by one. */
async function requireInside(lane: Lane, { sql, values }: Condition, column: TargetColumn): Promise<void> {
  const outside = await count(lane, `SELECT count(*) AS n FROM ${STAGE} AS present WHERE (${sql}) IS NOT TRUE`, values);
  if (outside === 0) return;
  throw new FatalError(
    "OUTSIDE_PARTITION",
    `${outside} rows of the source lie outside of the partition by "${column.name}"`,
    {
      fix: "Restrict the source to the partition",
    },
  );
}

async function count(lane: Lane, sql: string, values: readonly string[]): Promise<number> {
  const { rows } = await lane.client.query<{ n: string }>(sql, [...values]);
  return Number(rows[0]!.n);
}

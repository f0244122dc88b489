import { FatalError } from "../../errors/millrace-error.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { preflight } from "../../load/postgres/preflight/preflight.ts";
import { addCounts, noCounts, type Counts } from "../../record/counts.ts";
import { openState } from "../../state/open-state.ts";
import type { Operator } from "../operator.ts";
import { selectPartitions } from "../partitions/select.ts";
import { countOpenLetters } from "./letter-source.ts";
import { openLetters, type Letters } from "./open-letters.ts";
import { replayPartition } from "./replay-partition.ts";

export interface ReplayDeadLettersOptions {
  readonly databaseUrl: string;
  /** A partition's key; all that have open dead letters where it is left out. */
  readonly partition?: string;
  /** Only dead letters with one of these codes, as `SCHEMA`. */
  readonly codes?: readonly string[];
  /**
   * Of `upsert`: update rows whose key is there already. Right only where no newer record of the same key has been loaded;
   * without it such a dead letter stays open (KEY_EXISTS). Default false.
   */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReplayedPartition {
  /** Empty for an operator without partitions. */
  readonly partition: string;
  /** In `millrace.runs`; null where there was nothing to replay. */
  readonly runId: string | null;
  /** What became of the records; `rejected` are open still, with their new reason. */
  readonly counts: Counts;
  /** Dead letters that are malformed text and no records: only a run of the partition can read them again. */
  readonly malformed: number;
}

export interface ReplayResult {
  /** Loaded now, or left out by the operator: marked `replayed`. */
  readonly replayed: number;
  /** Open still, with their new reason. */
  readonly rejected: number;
  /** Open still: malformed text, which only a run of its partition can read again. */
  readonly malformed: number;
  readonly partitions: readonly ReplayedPartition[];
}

/**
 * Gives the records of open dead letters to the operator again, as it is now, and loads those that it takes. Each letter is
 * marked `replayed` in the transaction that commits its row, so that a replay can be killed and repeated. Nothing but new
 * rows comes into the table: no row of the partition is removed.
 * Raises FatalError PARTITION_UNKNOWN, PREFLIGHT, REPLAY_RUN (the operator loads by itself, in `run`), RetryableError REPLAY_CONFLICT (another run dealt with the same letters: replay
 * again), and what the load raises; what was committed before stays.
 */
export async function replayDeadLetters(operator: Operator, options: ReplayDeadLettersOptions): Promise<ReplayResult> {
  const { databaseUrl, codes, overwrite = false, signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  if (operator.form === "run") {
    throw new FatalError("REPLAY_RUN", `"${operator.name}" loads its records itself, in \`run\``, {
      fix: "Run the partition again, with the records repaired",
    });
  }
  await using state = await openState(databaseUrl).catch((error: unknown) => {
    throw databaseError(error, databaseUrl);
  });
  try {
    await state.ask((client) => preflight(client, operator.targets));
    await using letters = openLetters(databaseUrl);
    const { sql } = letters;
    const keys = options.partition === undefined ? await partitionsWithLetters(letters, operator) : [options.partition];
    const partitions: ReplayedPartition[] = [];
    for (const key of keys) {
      const [partition = null] = selectPartitions(operator, key === "" ? null : { kind: "keys", keys: [key] });
      const choice = { operator: operator.name, partition: key, ...(codes && { codes }) };
      const { records, malformed } = await countOpenLetters(sql, choice);
      const replay = { operator, partition, choice, overwrite, databaseUrl, sql, signal };
      const { runId, counts } = records === 0 ? { runId: null, counts: noCounts() } : await replayPartition(replay);
      partitions.push({ partition: key, runId, counts, malformed });
    }
    return total(partitions);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseError(error);
  }
}

async function partitionsWithLetters({ sql }: Letters, { name }: Operator): Promise<string[]> {
  const rows = await sql<{ partition: string }[]>`
    SELECT DISTINCT partition FROM millrace.dead_letters WHERE operator = ${name} AND status = 'open' ORDER BY partition`;
  return rows.map(({ partition }) => partition);
}

function total(partitions: readonly ReplayedPartition[]): ReplayResult {
  const counts = noCounts();
  for (const partition of partitions) addCounts(counts, partition.counts);
  const malformed = partitions.reduce((sum, partition) => sum + partition.malformed, 0);
  return { replayed: counts.read - counts.rejected, rejected: counts.rejected, malformed, partitions };
}

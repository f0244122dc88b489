import pg from "pg";
import { addCounts, noCounts, type Counts } from "../../../record/counts.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { retry } from "../../../retry/retry.ts";
import type { Chunk, Loader } from "../../loader.ts";
import { oneBehindLoader } from "../../one-behind-loader.ts";
import type { Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import { asRefusal } from "../refused/refusal.ts";
import { checkSize } from "../replace-size.ts";
import type { Again } from "../staged-origins.ts";
import { CarefulTable } from "./careful-table.ts";
import { FrozenTable } from "./frozen-table.ts";
import { TableBuild } from "./table-build.ts";
import { quotedName } from "./new-table.ts";
import { swapTables } from "./swap-tables.ts";

export interface SwapLoaderOptions {
  readonly minRows: number;
  readonly maxShrink: number;
  /** For the chunks that were taken already when a row is refused; null where the server computes the rows. */
  readonly again: Again | null;
}

/** So long at most a swap keeps others waiting that came after it, while it waits for those that came before. */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_ATTEMPTS = { maxAttempts: 40, delayMs: 200, factor: 1.5, maxDelayMs: 5000 };

/**
 * Builds a new table beside the target and puts it in its place. Rows are copied as fast as can be, and judged as a whole by
 * the indexes and foreign keys that are made after them; where the server refuses one, all are read once more, into a table
 * that has these, and those that it refuses are set aside.
 * Raises FatalError REPLACE_TOO_SMALL, REPLACE_SHRANK; see also `swapTables`.
 */
export function swapLoader(session: LoadSession, options: SwapLoaderOptions): Loader {
  const deadLetters: DeadLetter[] = [];
  /** Known before the server has seen the rows. */
  const given = noCounts();
  let lane: Lane | undefined;
  let build: TableBuild | undefined;
  let table: FrozenTable | CarefulTable | undefined;

  async function prepare(): Promise<TableBuild> {
    lane ??= await session.openLane();
    return (build ??= await TableBuild.begin(lane, session.target));
  }

  async function open(): Promise<FrozenTable> {
    const begun = await prepare();
    return await FrozenTable.begin(session, lane!, begun);
  }

  async function startAgain(chunk: Chunk, refused: unknown): Promise<CarefulTable> {
    await lane!.rollback();
    const careful = await CarefulTable.begin(session, lane!, build!);
    let taken = 0;
    for await (const before of options.again?.chunks() ?? []) {
      if (before.number === chunk.number) break;
      await careful.put(before);
      taken += 1;
    }
    if (taken !== chunk.number) throw refused; // the source is not what it was
    return careful;
  }

  async function put(into: FrozenTable | CarefulTable, chunk: Chunk): Promise<void> {
    await into.put(chunk);
    if (!chunk.last) return;
    const present = await lane!.client.query<{ n: string }>(`SELECT count(*) AS n FROM ${quotedName(build!.old)}`);
    const size = { ...options, rows: into.counts.inserted, present: Number(present.rows[0]!.n) };
    checkSize(session.target, size);
    await into.complete();
    await swap(into, chunk, size.present);
  }

  async function swap(from: FrozenTable | CarefulTable, { position, cursor }: Chunk, present: number): Promise<void> {
    const counts: Counts = { ...given, removed: present };
    addCounts(counts, from.counts);
    const letters = [...deadLetters, ...from.deadLetters];
    await retry(
      async () => {
        try {
          await lane!.begin();
          await session.lock(lane!);
          await lane!.client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
          await swapTables(lane!.client, build!);
          await session.commit(lane!, { counts, deadLetters: letters, position, cursor, finished: true });
        } catch (error) {
          await lane!.rollback();
          throw error;
        }
      },
      LOCK_ATTEMPTS,
      { retryable: (error) => error instanceof pg.DatabaseError && error.code === "55P03" },
    );
  }

  async function take(chunk: Chunk): Promise<void> {
    addCounts(given, chunk.counts);
    deadLetters.push(...chunk.deadLetters);
    const rows: Chunk = { ...chunk, counts: noCounts(), deadLetters: [] };
    try {
      table ??= await open();
      try {
        await put(table, rows);
      } catch (error) {
        if (table instanceof CarefulTable || asRefusal(error) === null) throw error;
        table = await startAgain(chunk, error);
        await put(table, rows);
      }
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
      await build?.drop().catch(() => {}); // else the next run does it
    },
  });
}

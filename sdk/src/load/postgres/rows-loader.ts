import { FatalError } from "../../errors/millrace-error.ts";
import { addCounts, noCounts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { addChunkCounts, type Chunk, type Loader } from "../loader.ts";
import type { PartitionBounds } from "../partition-bounds.ts";
import { boundsCondition, type LoadSession } from "./load-session.ts";
import type { TargetColumn } from "./target-columns.ts";

export interface RowsLoaderOptions {
  /** The partition whose rows are made those of the source; the whole table without it. */
  readonly partition?: { readonly column: TargetColumn; readonly bounds: PartitionBounds };
  readonly minRows: number;
  readonly maxShrink: number;
}

/**
 * Stages all rows, then makes the target's rows (of a partition, or all) the staged ones in one transaction, writing
 * only the difference. Raises FatalError REPLACE_TOO_SMALL, REPLACE_SHRANK, OUTSIDE_PARTITION.
 */
export function rowsLoader(session: LoadSession, options: RowsLoaderOptions): Loader {
  const { client, stage } = session;
  const deadLetters: DeadLetter[] = [];
  const counts = noCounts();
  let position = 0;
  let staged = 0;
  let created = false;

  async function createStage() {
    if (!created) await session.createStage("PRESERVE ROWS");
    created = true;
  }

  return {
    async load(chunk: Chunk) {
      await createStage();
      const rows = await session.put(chunk, stage);
      staged += rows;
      addChunkCounts(counts, chunk, rows);
      deadLetters.push(...chunk.deadLetters);
      position = chunk.position;
    },
    async finish() {
      await createStage();
      await client.query(`ANALYZE ${stage}`);
      await session.transaction(async () => {
        addCounts(counts, await writeDifference(session, { ...options, staged }));
        return { counts, deadLetters, position, finished: true };
      });
    },
  };
}

async function writeDifference(
  session: LoadSession,
  { partition, minRows, maxShrink, staged }: RowsLoaderOptions & { readonly staged: number },
): Promise<{ inserted: number; unchanged: number; removed: number }> {
  const { client, target, stage, columnList } = session;
  const where = partition === undefined ? { sql: "true", values: [] } : boundsCondition(partition.column, partition.bounds);

  if (partition !== undefined) {
    const outside = await count(client, `SELECT count(*) AS n FROM ${stage} WHERE (${where.sql}) IS NOT TRUE`, where.values);
    if (outside > 0) {
      throw new FatalError("OUTSIDE_PARTITION", `${outside} rows of the source lie outside of the partition by "${partition.column.name}"`, {
        fix: "Restrict the source to the partition",
      });
    }
  }
  const present = await count(client, `SELECT count(*) AS n FROM ${target} WHERE ${where.sql}`, where.values);
  if (staged < minRows) {
    throw new FatalError("REPLACE_TOO_SMALL", `The source has ${staged} rows, fewer than minRows (${minRows}); the ${present} rows of ${target} are kept`, {
      fix: "Look at the source; if it is right, lower `minRows`",
    });
  }
  if (present - staged > present * maxShrink) {
    throw new FatalError("REPLACE_SHRANK", `The source has ${staged} rows and ${target} ${present}: more than ${maxShrink * 100} % would vanish; the table is kept`, {
      fix: "Look at the source; if it is right, raise `maxShrink`",
    });
  }
  if (present === 0) {
    const inserted = await client.query(`INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${stage}`);
    return { inserted: inserted.rowCount ?? 0, unchanged: 0, removed: 0 };
  }
  // Rows are matched by the hash of their text, the n-th of several equal ones with the n-th.
  const hashed = (from: string) =>
    `SELECT tableoid AS rel, ctid AS tid, hash, row_number() OVER (PARTITION BY hash) AS nth FROM (SELECT tableoid, ctid, md5(ROW(${columnList})::text)::uuid AS hash FROM ${from}) hashed`;
  await client.query(
    `CREATE TEMPORARY TABLE millrace_difference ON COMMIT DROP AS
SELECT present.rel, present.tid AS present, wanted.tid AS wanted
FROM (${hashed(`${target} WHERE ${where.sql}`)}) present
FULL JOIN (${hashed(stage)}) wanted USING (hash, nth)
WHERE present.tid IS NULL OR wanted.tid IS NULL`,
    where.values,
  );
  const removed = await client.query(
    `DELETE FROM ${target} AS t USING pg_temp.millrace_difference d WHERE t.tableoid = d.rel AND t.ctid = d.present`,
  );
  const inserted = await client.query(
    `INSERT INTO ${target} (${columnList}) SELECT ${columnList} FROM ${stage} WHERE ctid IN (SELECT wanted FROM pg_temp.millrace_difference WHERE present IS NULL)`,
  );
  const written = inserted.rowCount ?? 0;
  return { inserted: written, unchanged: staged - written, removed: removed.rowCount ?? 0 };
}

async function count(client: LoadSession["client"], sql: string, values: string[]): Promise<number> {
  const { rows } = await client.query<{ n: string }>(sql, values);
  return Number(rows[0]!.n);
}

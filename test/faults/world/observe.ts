import postgres, { type Sql } from "postgres";
import { checkpointLine, type CheckpointFacts, type Content } from "../model/content.ts";
import type { ModelledOperator } from "../model/operators.ts";

/** What the ledger has of an attempt. */
export interface LedgerEntry {
  readonly runId: string;
  readonly operator: string;
  readonly partition: string;
  readonly epoch: number;
  readonly commits: number;
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Of one that is finished: when it was committed, by the server's clock. */
  readonly finishedAt: string | null;
}

export interface Observation {
  readonly content: Content;
  /** Of each operator and partition in the order in which they began. */
  readonly ledger: readonly LedgerEntry[];
}

/** What a database holds of an operator. */
export async function observe(url: string, operator: ModelledOperator): Promise<Observation> {
  return await connected(url, async (sql) => {
    const lines = async (query: string) => (await sql.unsafe<{ line: string }[]>(query)).map(({ line }) => line);
    const [state] = await sql<{ there: boolean }[]>`
      SELECT to_regclass('millrace.runs') IS NOT NULL AND to_regclass('millrace.tombstones') IS NOT NULL AS there`;
    const more = operator.way === "changes" ? `, sequence${operator.soft ? ", gone" : ""}` : "";
    const rows = await lines(`SELECT concat_ws(' ', id, day, amount, note${more}) AS line FROM ${operator.name}`);
    if (operator.way === "commits")
      rows.push(
        ...(await lines(`SELECT concat_ws(' ', 'log', id, day, amount, note) AS line FROM ${operator.name}_log`)),
      );
    if (!state?.there) return { content: { rows, deadLetters: [], tombstones: [], checkpoints: [] }, ledger: [] };
    const letters =
      "SELECT concat_ws(' ', operator || ' ' || partition, 'line', line, code) AS line FROM millrace.dead_letters WHERE status = 'open'";
    const deadLetters = await lines(letters);
    const tombstones = await lines("SELECT concat_ws(' ', key, sequence) AS line FROM millrace.tombstones");
    const counted = (name: string) => `(counts->>'${name}')::int AS ${name}`;
    const checkpoints = await sql.unsafe<CheckpointFacts[]>(
      `SELECT operator || ' ' || partition AS slot, status, position::int, ${["read", "filtered", "rejected"].map(counted).join(", ")} FROM millrace.checkpoints
       WHERE position > 0 OR status = 'finished'`,
    );
    const ledger = await sql<LedgerEntry[]>`
      SELECT scheduler_run_id AS "runId", operator, partition, epoch::int, commits, status, counts,
        CASE WHEN status = 'finished' THEN to_char(ended_at, 'YYYY-MM-DD HH24:MI:SS.US') END AS "finishedAt"
      FROM millrace.runs ORDER BY operator, partition, epoch`;
    return {
      content: { rows, deadLetters, tombstones, checkpoints: checkpoints.map(checkpointLine) },
      ledger: [...ledger],
    };
  });
}

/** A session of its own. */
export async function connected<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

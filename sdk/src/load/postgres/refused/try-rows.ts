import type pg from "pg";
import { addCounts, type Counts } from "../../../record/counts.ts";

/** Rows of the stage, by their `ctid`, that are set apart to be tried one by one. */
export const SUSPECTS = "pg_temp.millrace_suspects";

/** What trying rows has come to. */
export const REFUSED = "pg_temp.millrace_refused";
const OUTCOMES = "pg_temp.millrace_outcomes";

/** Makes the tables, or empties them. */
export async function resetTrials(client: pg.Client): Promise<void> {
  await client.query(`CREATE TEMPORARY TABLE IF NOT EXISTS millrace_suspects (tid tid) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS millrace_refused (tid tid, sql_state text, message text, detail text, column_name text, constraint_name text) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS millrace_outcomes (counts jsonb) ON COMMIT DELETE ROWS;
TRUNCATE ${SUSPECTS}, ${REFUSED}, ${OUTCOMES}`);
}

export interface TryOptions {
  /** SQL that merges the rows that `from` gives, and returns counts by the names of `Counts`. */
  readonly merge: (from: string) => string;
  /** Quoted names of the rows' columns. */
  readonly columnList: string;
  /** Where the rows are, quoted. */
  readonly table: string;
  /** SELECTs the `ctid` of each row to be tried. */
  readonly tids: string;
  /** Each row is tried alone; else parts that are refused are halved until one stands alone, and then grow again. */
  readonly alone: boolean;
}

/**
 * Merges rows in the server, part by part, each in a subtransaction of its own: what is refused goes to REFUSED with the
 * server's words, and nothing is sent back and forth. Adds to `counts` what became of the others.
 */
export async function tryRows(client: pg.Client, counts: Counts, options: TryOptions): Promise<void> {
  const { merge, columnList, table, tids, alone } = options;
  const part = `(SELECT ctid, ${columnList} FROM ${table} WHERE ctid >= millrace_from AND ctid <= millrace_to) AS part`;
  await client.query(`SET CONSTRAINTS ALL IMMEDIATE; DO ${dollarQuoted(`
#variable_conflict use_column
DECLARE
  millrace_tids tid[] := ARRAY(SELECT ctid FROM (${tids}) tried ORDER BY ctid);
  millrace_at int := 1;
  millrace_end int;
  millrace_size int := ${alone ? "1" : "cardinality(millrace_tids)"};
  millrace_from tid;
  millrace_to tid;
  millrace_outcome record;
  millrace_state text;
  millrace_message text;
  millrace_detail text;
  millrace_column text;
  millrace_constraint text;
BEGIN
  WHILE millrace_at <= cardinality(millrace_tids) LOOP
    millrace_end := least(millrace_at + millrace_size - 1, cardinality(millrace_tids));
    millrace_from := millrace_tids[millrace_at];
    millrace_to := millrace_tids[millrace_end];
    BEGIN
      FOR millrace_outcome IN ${merge(part)} LOOP
        INSERT INTO ${OUTCOMES} VALUES (to_jsonb(millrace_outcome));
      END LOOP;
      millrace_at := millrace_end + 1;
      ${alone ? "" : "millrace_size := millrace_size * 2;"}
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      IF millrace_end > millrace_at THEN
        millrace_size := (millrace_end - millrace_at + 1) / 2;
      ELSE
        GET STACKED DIAGNOSTICS millrace_state = RETURNED_SQLSTATE, millrace_message = MESSAGE_TEXT, millrace_detail = PG_EXCEPTION_DETAIL,
          millrace_column = COLUMN_NAME, millrace_constraint = CONSTRAINT_NAME;
        INSERT INTO ${REFUSED} VALUES (millrace_from, millrace_state, millrace_message, nullif(millrace_detail, ''), nullif(millrace_column, ''), nullif(millrace_constraint, ''));
        millrace_at := millrace_at + 1;
      END IF;
    END;
  END LOOP;
END`)}`);
  const { rows } = await client.query<{ name: keyof Counts; n: number }>(
    `SELECT name, sum(value::int)::int AS n FROM ${OUTCOMES}, jsonb_each_text(counts) AS outcome (name, value) GROUP BY name`,
  );
  addCounts(counts, Object.fromEntries(rows.map(({ name, n }) => [name, n])));
}

/** The body between dollar signs with a tag that it does not have. */
function dollarQuoted(body: string): string {
  let tag = "$millrace$";
  for (let number = 1; body.includes(tag); number += 1) tag = `$millrace${number}$`;
  return `${tag}${body}${tag}`;
}

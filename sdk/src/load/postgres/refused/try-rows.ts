import type pg from "pg";
import { addCounts, type Counts } from "../../../record/counts.ts";
import type { Refusal } from "./refusal.ts";

export interface TryOptions {
  /** SQL that merges the rows that `from` gives, and returns counts by the names of `Counts`. */
  readonly merge: (from: string) => string;
  /** Quoted names of the rows' columns. */
  readonly columnList: string;
  /** Where the rows are, quoted. */
  readonly table: string;
  /** SELECTs the `ctid` of each row to be tried: all rows of the table, unless each is tried alone. */
  readonly tids: string;
  /** Each row is tried alone; else parts that are refused are halved until one stands alone, and then grow again. */
  readonly alone: boolean;
}

export interface TriedRow extends Refusal {
  /** From 0, in the order of `tids`. */
  readonly place: number;
  readonly tid: string;
}

/**
 * Merges rows in the server, part by part, each in a subtransaction of its own, so that nothing is sent back and forth.
 * Adds to `counts` what became of those that were taken, and returns the others.
 */
export async function tryRows(client: pg.Client, counts: Counts, options: TryOptions): Promise<TriedRow[]> {
  await client.query(`SET CONSTRAINTS ALL IMMEDIATE; DO ${dollarQuoted(block(options))}`);
  const { rows } = await client.query<{ tried: Tried }>(`SELECT current_setting('${RESULT}')::jsonb AS tried`);
  const { outcomes, refused } = rows[0]!.tried;
  for (const outcome of outcomes ?? []) addCounts(counts, outcome);
  return (refused ?? []).map(({ place, ...row }) => ({ ...row, place: place - 1 }));
}

interface Tried {
  readonly outcomes: readonly Partial<Counts>[] | null;
  readonly refused: readonly TriedRow[] | null;
}

/** A DO block can return nothing; a setting of the transaction holds what it has to say. */
const RESULT = "millrace.tried";

function block({ merge, columnList, table, tids, alone }: TryOptions): string {
  const part = `(SELECT ctid, ${columnList} FROM ${table} WHERE ctid >= millrace_from AND ctid <= millrace_to) AS part`;
  return `
#variable_conflict use_column
DECLARE
  millrace_tids tid[] := ARRAY(SELECT ctid FROM (${tids}) tried ORDER BY ctid);
  millrace_at int := 1;
  millrace_end int;
  millrace_size int := ${alone ? "1" : "cardinality(millrace_tids)"};
  millrace_from tid;
  millrace_to tid;
  millrace_outcome record;
  millrace_outcomes jsonb[];
  millrace_refused jsonb[];
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
        millrace_outcomes := millrace_outcomes || to_jsonb(millrace_outcome);
      END LOOP;
      millrace_at := millrace_end + 1;
      ${alone ? "" : "millrace_size := millrace_size * 2;"}
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      IF millrace_end > millrace_at THEN
        millrace_size := (millrace_end - millrace_at + 1) / 2;
      ELSE
        GET STACKED DIAGNOSTICS millrace_state = RETURNED_SQLSTATE, millrace_message = MESSAGE_TEXT, millrace_detail = PG_EXCEPTION_DETAIL,
          millrace_column = COLUMN_NAME, millrace_constraint = CONSTRAINT_NAME;
        millrace_refused := millrace_refused || jsonb_build_object('place', millrace_at, 'tid', millrace_from, 'sqlState', millrace_state, 'message', millrace_message,
          'detail', nullif(millrace_detail, ''), 'column', nullif(millrace_column, ''), 'constraint', nullif(millrace_constraint, ''));
        millrace_at := millrace_at + 1;
      END IF;
    END;
  END LOOP;
  PERFORM set_config('${RESULT}', jsonb_build_object('outcomes', millrace_outcomes, 'refused', millrace_refused)::text, true);
END`;
}

/** The body between dollar signs with a tag that it does not have. */
function dollarQuoted(body: string): string {
  let tag = "$millrace$";
  for (let number = 1; body.includes(tag); number += 1) tag = `$millrace${number}$`;
  return `${tag}${body}${tag}`;
}

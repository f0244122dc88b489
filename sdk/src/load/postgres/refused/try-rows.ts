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
  /** Of rows with one key, tried alone, the newest that is taken stands for all that are older: these are superseded untried. */
  readonly newest?: Newest | null;
}

/** Which of several rows is the one to be kept, as SQL on the rows' columns. */
export interface Newest {
  /** Of rows that are one and the same thing: comma-separated. */
  readonly keys: string;
  /** An ORDER BY that has newer rows first; `ctid` is what rows came by. */
  readonly order: string;
}

export interface TriedRow extends Refusal {
  /** From 0, in the order of the `ctid`s that were tried. */
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

function block({ merge, columnList, table, tids, alone, newest = null }: TryOptions): string {
  const { keys, order } = (alone ? newest : null) ?? { keys: "ctid", order: "ctid" };
  const part = `(SELECT ctid, ${columnList} FROM ${table} WHERE ctid >= millrace_from AND ctid <= millrace_to) AS part`;
  return `
#variable_conflict use_column
DECLARE
  millrace_tids tid[];
  millrace_places int[];
  millrace_things int[];
  millrace_settled int := 0;
  millrace_at int := 1;
  millrace_end int;
  millrace_size int := 1;
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
  SELECT array_agg(tid ORDER BY turn), array_agg(place ORDER BY turn), array_agg(thing ORDER BY turn) INTO millrace_tids, millrace_places, millrace_things
  FROM (SELECT tid, place, thing, row_number() OVER (ORDER BY thing, newness) AS turn
    FROM (SELECT ctid AS tid, millrace_place AS place, min(millrace_place) OVER (PARTITION BY ${keys}) AS thing, row_number() OVER (ORDER BY ${order}) AS newness
      FROM (SELECT ctid, ${columnList}, (row_number() OVER (ORDER BY ctid))::int AS millrace_place FROM ${table} WHERE ctid IN (${tids})) numbered) grouped) ordered;
  ${alone ? "" : "millrace_size := cardinality(millrace_tids);"}
  WHILE millrace_at <= cardinality(millrace_tids) LOOP
    IF millrace_things[millrace_at] = millrace_settled THEN
      millrace_outcomes := millrace_outcomes || '{"superseded": 1}'::jsonb;
      millrace_at := millrace_at + 1;
      CONTINUE;
    END IF;
    millrace_end := least(millrace_at + millrace_size - 1, cardinality(millrace_tids));
    millrace_from := millrace_tids[millrace_at];
    millrace_to := millrace_tids[millrace_end];
    BEGIN
      FOR millrace_outcome IN ${merge(part)} LOOP
        millrace_outcomes := millrace_outcomes || to_jsonb(millrace_outcome);
      END LOOP;
      millrace_settled := ${alone ? "millrace_things[millrace_at]" : "0"};
      millrace_at := millrace_end + 1;
      ${alone ? "" : "millrace_size := millrace_size * 2;"}
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
      IF millrace_end > millrace_at THEN
        millrace_size := (millrace_end - millrace_at + 1) / 2;
      ELSE
        GET STACKED DIAGNOSTICS millrace_state = RETURNED_SQLSTATE, millrace_message = MESSAGE_TEXT, millrace_detail = PG_EXCEPTION_DETAIL,
          millrace_column = COLUMN_NAME, millrace_constraint = CONSTRAINT_NAME;
        millrace_refused := millrace_refused || jsonb_build_object('place', millrace_places[millrace_at], 'tid', millrace_from, 'sqlState', millrace_state, 'message', millrace_message,
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

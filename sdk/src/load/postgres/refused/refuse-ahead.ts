import { noCounts } from "../../../record/counts.ts";
import type { EncodedContent } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE, type Lane } from "../lane.ts";
import { pickRows, type Rows } from "./parts.ts";
import type { Refusal } from "./refusal.ts";
import { undone } from "./savepoint.ts";
import { tryRows, type TriedRow } from "./try-rows.ts";

export interface AheadOptions {
  readonly content: EncodedContent;
  /** Each of them breaks a condition on the row alone. */
  readonly rows: Rows;
  readonly columnList: string;
  /** SQL that adds the rows that a relation gives to the target, and says how many. */
  readonly add: (from: string) => string;
}

/**
 * What the server says of rows that it is sure to refuse, whatever the target has: it looks at conditions before it looks at other
 * rows, so this can be asked while chunks before are still under way. Nothing is left behind, were one taken after all.
 */
export async function refuseAhead(lane: Lane, options: AheadOptions): Promise<ReadonlyMap<number, Refusal>> {
  const { content, rows, columnList, add } = options;
  const { client } = lane;
  let tried: TriedRow[] = [];
  await undone(client, async () => {
    await lane.freshStage();
    await copyRows(client, `${STAGE} (${columnList})`, pickRows(content, rows));
    tried = await tryRows(client, noCounts(), {
      merge: add,
      columnList,
      table: STAGE,
      tids: `SELECT ctid FROM ${STAGE}`,
      alone: true,
    });
  });
  return new Map(tried.map((refusal) => [rows[refusal.place]!, refusal]));
}

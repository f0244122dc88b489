import type pg from "pg";
import type { EncodedContent } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE } from "../lane.ts";
import { columnList, type TargetColumn } from "../target-columns.ts";
import { findInvalidValues } from "./invalid-values.ts";
import { inParts, pickRows, rowsLeft, type Rows } from "./parts.ts";
import type { Refusal } from "./refusal.ts";
import { withinSavepoint } from "./savepoint.ts";

export interface StagedRows {
  /** The rows with values that are none of their column's type, by their number in the chunk. */
  readonly refused: ReadonlyMap<number, Refusal>;
  /** The other rows' numbers in the chunk, in the order of the stage. */
  readonly rows: Rows;
}

export interface StageOptions {
  readonly content: EncodedContent;
  readonly columns: readonly TargetColumn[];
  /** Columns in which values were refused before; those found here are added. */
  readonly suspected: Set<string>;
}

/** Brings those of a chunk's rows into the stage whose values the server takes, within a transaction. */
export async function stageCarefully(client: pg.Client, options: StageOptions): Promise<StagedRows> {
  const { content, columns, suspected } = options;
  const into = `${STAGE} (${columnList(columns)})`;
  const copy = (rows: Rows) => withinSavepoint(client, async () => void (await copyRows(client, into, pickRows(content, rows))));
  const refused = new Map<number, Refusal>();
  let able = suspected.size === 0 || (await findRefused(client, options, { names: [...suspected], refused }));
  for (;;) {
    const rows = rowsLeft(content, refused);
    const refusal = await copy(rows);
    if (refusal === null) return { refused, rows };
    // The server is asked about the column that it named; where that was not all, about every one.
    const { column } = refusal;
    const names = column === null || suspected.has(column) ? null : [column];
    if (column !== null) suspected.add(column);
    const before = refused.size;
    able &&= await findRefused(client, options, { names, refused });
    if (!able || refused.size === before) break;
  }
  await inParts(rowsLeft(content, refused), copy, refused);
  return { refused, rows: rowsLeft(content, refused) };
}

/** Adds to `refused` what the server says of all rows at once; false where it can not say. */
async function findRefused(
  client: pg.Client,
  { content, columns }: StageOptions,
  { names, refused }: { readonly names: readonly string[] | null; readonly refused: Map<number, Refusal> },
): Promise<boolean> {
  let found: ReadonlyMap<number, Refusal> | null = null as ReadonlyMap<number, Refusal> | null;
  const failed = await withinSavepoint(client, async () => {
    found = await findInvalidValues(client, { content, columns, suspected: names });
  });
  if (failed !== null || found === null) return false;
  for (const [row, refusal] of found) refused.set(row, refusal);
  return true;
}

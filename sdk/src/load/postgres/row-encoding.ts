import type { AnyPgTable } from "drizzle-orm/pg-core";
import { changeColumns, type ChangeColumns } from "./changes/change-columns.ts";
import { textRepair, type TextPolicy, type TextRepair } from "../../record/text-policy.ts";
import { targetColumns, type TargetColumn } from "./target-columns.ts";
import { loadRowHash, type RowHash } from "../row-hash.ts";
import type { LoadStrategy } from "../strategy.ts";

/** How rows of one load are encoded. */
export interface RowEncoding {
  /** The columns that rows may give, those of the key first; each null that can not be is a reject. */
  readonly columns: readonly TargetColumn[];
  /** The column behind them that holds the row's hash. */
  readonly hashColumn: TargetColumn | null;
  readonly hash: RowHash | null;
  /** What is encoded are changes of rows. */
  readonly changes: ChangeColumns | null;
  /** Of texts that a column can not hold; null where they are refused. */
  readonly repair: TextRepair | null;
}

/** The encoding that a strategy asks for. */
export async function rowEncoding(
  table: AnyPgTable,
  load: LoadStrategy,
  text: TextPolicy = "reject",
): Promise<RowEncoding> {
  const repair = textRepair(text);
  const all = targetColumns(table, repair);
  if (load.strategy === "apply-changes") {
    const changes = changeColumns(table, { load, columns: all });
    return { columns: changes.all, hashColumn: null, hash: null, changes, repair };
  }
  if (load.strategy !== "upsert") return { columns: all, hashColumn: null, hash: null, changes: null, repair };
  const key = load.key.map(({ name }) => ({ ...all.find((column) => column.name === name)!, notNull: true }));
  const hashColumn = all.find(({ name }) => name === load.hash?.name) ?? null;
  const others = all.filter((column) => column !== hashColumn && !key.some(({ name }) => name === column.name));
  return { columns: [...key, ...others], hashColumn, hash: hashColumn && (await loadRowHash()), changes: null, repair };
}

/** The columns that are sent: those that rows give, and the hash. */
export function sentColumns({ hashColumn }: RowEncoding, written: readonly TargetColumn[]): readonly TargetColumn[] {
  return hashColumn === null ? written : [...written, hashColumn];
}

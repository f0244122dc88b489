import type { ModelledOperator } from "./operators.ts";
import { sourceOf, type SourceRecord } from "./records.ts";
import { apply, emptyTable, replace, type Table } from "./table.ts";

/** What the ledger says of an attempt. */
export interface Attempt {
  readonly day: number;
  readonly source: number;
  /** Transactions that it has committed. */
  readonly commits: number;
  /** Records that it, or the attempt that it went on from, has taken. */
  readonly read: number;
  readonly finished: boolean;
}

/** How far a partition is. */
export interface Progress {
  readonly source: number;
  /** Records taken of it. */
  readonly position: number;
  readonly finished: boolean;
}

/** What there must be, whatever has happened. */
export interface State {
  readonly table: Table;
  /** By day; null where nothing was committed. */
  readonly progress: readonly (Progress | null)[];
}

export const emptyState: State = { table: emptyTable, progress: [null, null] };

/** What an attempt has to do where it finds this. */
export type Beginning = "fresh" | "resume" | "already loaded" | "refused";

export function beginningOf({ way }: ModelledOperator, progress: Progress | null, source: number): Beginning {
  if (progress === null || way === "whole") return "fresh";
  const same = progress.source === source;
  if (!progress.finished && same) return "resume";
  if (way !== "append") return "fresh";
  return same ? "already loaded" : "refused";
}

/** What there must be after one more attempt. Raises Error where no attempt may leave that. */
export function fold(operator: ModelledOperator, state: State, attempt: Attempt): State {
  const { day, source, commits, read, finished } = attempt;
  const before = state.progress[day] ?? null;
  const beginning = beginningOf(operator, before, source);
  const { records } = sourceOf(operator, { day, source });
  if (commits === 0) {
    if (finished) throw new Error("an attempt is finished, and has committed nothing");
    return state;
  }
  if (beginning === "already loaded" || beginning === "refused")
    throw new Error(`an attempt has committed ${commits} times to what is ${beginning}`);
  const from = beginning === "resume" ? before!.position : 0;
  if (read < from) throw new Error(`an attempt that goes on behind ${from} records has taken ${read}`);
  if (finished && read !== records.length)
    throw new Error(`an attempt is finished with ${read} of ${records.length} records`);
  const taken = records.slice(from, read);
  const progress = state.progress.map((each, index) => (index === day ? { source, position: read, finished } : each));
  return { table: tableAfter(operator, state.table, { taken, day, finished }), progress };
}

interface Taken {
  readonly taken: readonly SourceRecord[];
  readonly day: number;
  readonly finished: boolean;
}

function tableAfter(
  { way, partitioned, soft = false }: ModelledOperator,
  table: Table,
  { taken, day, finished }: Taken,
): Table {
  if (way !== "whole") return apply(table, taken, { way, soft });
  if (!finished) throw new Error("a part of what is to be replaced as a whole is committed");
  return replace(table, taken, partitioned ? day : null);
}

/** Outcomes of the records that a partition has taken. */
export interface Tally {
  readonly read: number;
  readonly filtered: number;
  readonly rejected: number;
}

export function tallyOf(records: readonly SourceRecord[]): Tally {
  const count = (kind: string) => records.filter(({ outcome }) => outcome.kind === kind).length;
  return { read: records.length, filtered: count("filtered"), rejected: count("rejected") };
}

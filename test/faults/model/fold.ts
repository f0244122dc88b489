import { CHUNK, partitionOf, type ModelledOperator } from "./operators.ts";
import { sourceOf, type SourceRecord } from "./records.ts";
import { apply, emptyTable, replace, type Table } from "./table.ts";

/** What the ledger says of an attempt. */
export interface Attempt {
  /** Whose it is: the operator's name, or that of its twin. */
  readonly by: string;
  readonly day: number;
  readonly source: number;
  /** Transactions that it has committed. */
  readonly commits: number;
  /** Records that it, or the attempts that it went on from, have accounted for. */
  readonly read: number;
  readonly finished: boolean;
}

/** How far a partition is. */
export interface Progress {
  readonly source: number;
  /** Records taken of it. */
  readonly taken: number;
  readonly finished: boolean;
  /** Outcomes that its checkpoint has. */
  readonly tally: Tally;
  /** Open dead letters, each as a text. */
  readonly letters: readonly string[];
}

/** What there must be, whatever has happened. */
export interface State {
  readonly table: Table;
  /** By `slotOf`; nothing where nothing was committed. */
  readonly progress: ReadonlyMap<string, Progress>;
}

export const emptyState: State = { table: emptyTable, progress: new Map() };

/** Names a checkpoint: of an operator, or its twin, for a day. */
export function slotOf(operator: ModelledOperator, { by, day }: Pick<Attempt, "by" | "day">): string {
  return `${by} ${partitionOf(operator, day)}`;
}

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
  const { source, commits, finished } = attempt;
  const slot = slotOf(operator, attempt);
  const before = state.progress.get(slot) ?? null;
  const beginning = beginningOf(operator, before, source);
  if (commits === 0) {
    if (finished && beginning !== "already loaded")
      throw new Error("an attempt is finished, and has committed nothing");
    return state;
  }
  if (beginning === "already loaded" || beginning === "refused")
    throw new Error(`an attempt has committed ${commits} times to what is ${beginning}`);
  const from = beginning === "resume" ? before!.taken : 0;
  const { records } = sourceOf(operator, attempt);
  const taken = operator.way === "commits" ? takenByCommits(records, from, attempt) : attempt.read;
  if (taken < from) throw new Error(`an attempt that goes on behind ${from} records has taken ${taken}`);
  if (finished && taken !== records.length)
    throw new Error(`an attempt is finished with ${taken} of ${records.length} records`);
  const fresh = records.slice(from, taken);
  const tally = tallyOf(operator, fresh);
  const letters = lettersOf(operator, attempt, { records: fresh, from });
  // Work of one's own counts all that an unfinished run has done, of whatever source; and its dead letters stay.
  const own = operator.way === "commits";
  const carried = own ? before !== null && !before.finished : beginning === "resume";
  const counted = carried ? add(before!.tally, tally) : tally;
  if (counted.read !== attempt.read)
    throw new Error(
      `an attempt that has taken ${taken} records must have read ${counted.read}, and has ${attempt.read}`,
    );
  const kept = before !== null && (own || carried) ? before.letters : [];
  const now = { source, taken, finished, tally: counted, letters: [...kept, ...letters] };
  return {
    table: tableAfter(operator, state.table, { records: fresh, attempt }),
    progress: new Map([...state.progress, [slot, now]]),
  };
}

/** One chunk a commit, and one commit that says that it is finished. */
function takenByCommits(records: readonly SourceRecord[], from: number, { commits, finished }: Attempt): number {
  const chunks = commits - (finished ? 1 : 0);
  if (chunks > Math.ceil((records.length - from) / CHUNK))
    throw new Error(`${chunks} chunks are committed behind ${from} of ${records.length} records`);
  return Math.min(records.length, from + chunks * CHUNK);
}

interface Taken {
  readonly records: readonly SourceRecord[];
  readonly attempt: Attempt;
}

function tableAfter(
  { way, partitioned, soft = false }: ModelledOperator,
  table: Table,
  { records, attempt: { finished, day } }: Taken,
): Table {
  if (way !== "whole") return apply(table, records, { way, soft });
  if (!finished) throw new Error("a part of what is to be replaced as a whole is committed");
  return replace(table, records, partitioned ? day : null);
}

/** Outcomes of records, as far as a checkpoint's counts do not depend on the table. */
interface Tally {
  readonly read: number;
  readonly filtered: number;
  readonly rejected: number;
}

function tallyOf({ way }: ModelledOperator, records: readonly SourceRecord[]): Tally {
  let tally: Tally = { read: 0, filtered: 0, rejected: 0 };
  for (const { outcome } of records) {
    const rejected = outcome.kind === "rejected" ? timesSent(way, outcome.code) : 0;
    const filtered = outcome.kind === "filtered" ? 1 : 0;
    const written = outcome.kind === "row" || outcome.kind === "delete" ? timesSent(way, "") : 0;
    tally = add(tally, { read: rejected + filtered + written, filtered, rejected });
  }
  return tally;
}

function add(one: Tally, other: Tally): Tally {
  return {
    read: one.read + other.read,
    filtered: one.filtered + other.filtered,
    rejected: one.rejected + other.rejected,
  };
}

function lettersOf(
  operator: ModelledOperator,
  attempt: Attempt,
  { records, from }: { readonly records: readonly SourceRecord[]; readonly from: number },
): string[] {
  return records.flatMap(({ outcome }, index) => {
    if (outcome.kind !== "rejected") return [];
    // The header is the first line.
    const letter = `${slotOf(operator, attempt)} line ${from + index + 2} ${outcome.code}`;
    return Array<string>(timesSent(operator.way, outcome.code)).fill(letter);
  });
}

/** How many tables are given a record: what only the server refuses is refused by each of them. */
function timesSent(way: ModelledOperator["way"], code: string): number {
  return way === "commits" && ["", "CHECK"].includes(code) ? 2 : 1;
}

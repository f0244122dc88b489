import type { ChangeEvent } from "../changes/change-event.ts";
import { lsnText } from "./lsn.ts";
import type { LoggedRow } from "./logged-changes.ts";
import type { LoggedMessage, LoggedValue, ReplicatedRelation } from "./pgoutput.ts";

/** How far a slot's changes were taken. */
export interface LogPlace {
  /** All transactions that end before it. */
  readonly lsn: bigint;
  /** Of the next transaction, so many changes. */
  readonly skip: number;
}

/** Makes events of one table's changes out of the messages of whole transactions, beginning behind a place. */
export class Transactions {
  readonly #table: { readonly schema: string; readonly name: string };
  readonly #from: LogPlace;
  readonly #relations = new Map<number, ReplicatedRelation>();
  #end: bigint;
  #skip: number;
  /** Changes of the present transaction. */
  #changes = 0;
  #at: string | null = null;
  #ignored = false;

  constructor(table: { readonly schema: string; readonly name: string }, from: LogPlace) {
    this.#table = table;
    this.#from = from;
    this.#end = from.lsn;
    this.#skip = from.skip;
  }

  /** Behind what was taken. */
  get place(): LogPlace {
    return { lsn: this.#end, skip: this.#changes };
  }

  /** The change that a message tells of; null where it tells of none that is to be taken. */
  take({ lsn, message }: LoggedRow): ChangeEvent | null {
    switch (message.kind) {
      case "begin":
        this.#changes = 0;
        this.#at = message.at;
        this.#ignored = message.commit < this.#from.lsn;
        return null;
      case "commit":
        if (!this.#ignored) {
          this.#end = message.end;
          this.#skip = 0;
        }
        this.#changes = 0;
        return null;
      case "relation":
        this.#relations.set(message.relation.id, message.relation);
        return null;
      case "truncate":
        return message.relations.some((id) => this.#isOurs(id)) && this.#counts()
          ? { operation: "truncate", before: null, after: null, sequence: lsnText(lsn), at: this.#at }
          : null;
      case "insert":
      case "update":
      case "delete":
        return this.#isOurs(message.relation) && this.#counts() ? this.#event(lsn, message) : null;
      default:
        return null;
    }
  }

  #isOurs(id: number): boolean {
    const relation = this.#relations.get(id);
    return relation?.schema === this.#table.schema && relation.name === this.#table.name;
  }

  /** Counts a change; false for one that was taken before. */
  #counts(): boolean {
    if (this.#ignored) return false;
    this.#changes += 1;
    return this.#changes > this.#skip;
  }

  #event(lsn: bigint, message: Extract<LoggedMessage, { readonly old: unknown }>): ChangeEvent {
    const { columns } = this.#relations.get(message.relation)!;
    const before = message.old && named(columns, message.old);
    const after = message.new && named(columns, message.new, before);
    return {
      operation: message.kind,
      // What the log does not tell of the row as it was is not known.
      before: before && Object.fromEntries(Object.entries(before).filter(([, value]) => value !== undefined)),
      after,
      sequence: lsnText(lsn),
      at: this.#at,
    };
  }
}

type Values = Record<string, LoggedValue>;

/** What did not change is as it was, if that is told. */
function named(columns: readonly string[], values: readonly LoggedValue[], before: Values | null = null): Values {
  return Object.fromEntries(
    columns.map((name, index) => [name, values[index] === undefined ? before?.[name] : values[index]]),
  );
}

import { Temporal } from "temporal-polyfill";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { JsonNumber } from "../../record/json-number.ts";
import { valueAt } from "./json-path.ts";
import { isPageState, type PageState } from "./pagination.ts";

/** Reads only what was changed since the run before: the server is given the highest value that was seen. */
export interface HttpSince {
  /** The query's parameter, such as `updated_since`. */
  readonly parameter: string;
  /** Path in each record of what it is compared with: an ISO timestamp with its offset, or a number that grows. */
  readonly field: string;
  /** For the first run; without it that one reads everything. */
  readonly start?: string | number;
  /** How much earlier than the highest timestamp to begin, for what the server shows late. Default 60,000. */
  readonly lagMs?: number;
  /**
   * The server gives what lies after the value and never again what lies at it, as with a number that counts up: then nothing
   * is read twice, and it may be appended. Default false.
   */
  readonly exclusive?: boolean;
}

type Value = string | number;

/** How far reading has come: kept with the rows, and what a later run begins with. */
interface SinceCursor {
  /** What the server was given; once everything is read, the highest value of all. */
  readonly since: Value | null;
  /** The page where an interrupted run goes on. */
  readonly next: Value | null;
  readonly highest: Value | null;
  /** When the run's first page was answered: what was changed while it read, the next one reads. */
  readonly until: string | null;
}

/** The watermark of an API: where to begin, and what is kept behind each page. */
export class Since {
  /** For the query; null where everything is to be read. */
  readonly given: Value | null;
  /** The page to begin with. */
  readonly page: PageState;
  readonly #field: string;
  readonly #exclusive: boolean;
  #highest: Value | null;
  #until: string | null;

  /** Raises FatalError CHECKPOINT_INVALID where the checkpoint is of another kind of source. */
  constructor({ field, start, exclusive = false, lagMs = 60_000 }: HttpSince, checkpoint: Json | null) {
    const kept = parseCursor(checkpoint);
    this.#field = field;
    this.#exclusive = exclusive;
    this.page = kept?.next ?? null;
    this.given =
      kept === null ? (start ?? null) : kept.next === null && !exclusive ? earlier(kept.since, lagMs) : kept.since;
    this.#highest = kept === null ? (start ?? null) : kept.next === null ? kept.since : kept.highest;
    this.#until = kept?.next === null ? null : (kept?.until ?? null);
  }

  /** Takes note of a page's records. */
  see(records: readonly unknown[], answeredAt: string): void {
    this.#until ??= answeredAt;
    for (const record of records) {
      const value = valueAt(record, this.#field);
      if (!(["string", "number", "bigint"].includes(typeof value) || value instanceof JsonNumber)) continue;
      if (this.#highest === null || compare(String(value), this.#highest) > 0) this.#highest = String(value);
    }
  }

  /** What is kept behind a page. */
  cursor(next: PageState): Json {
    const until = this.#until;
    if (next !== null) return { since: this.given, next, highest: this.#highest, until };
    const highest = this.#highest;
    const bounded =
      !this.#exclusive && highest !== null && until !== null && instant(highest) && compare(highest, until) > 0;
    return { since: bounded ? until : highest };
  }
}

function parseCursor(checkpoint: Json | null): SinceCursor | null {
  if (checkpoint === null) return null;
  const { since, next, highest, until } = checkpoint as Readonly<Record<string, Json | undefined>>;
  const value = (given: Json | undefined) => (isPageState(given) ? given : null);
  if (since !== undefined)
    return {
      since: value(since),
      next: value(next),
      highest: value(highest),
      until: typeof until === "string" ? until : null,
    };
  throw new FatalError("CHECKPOINT_INVALID", "The checkpoint is not one of an HTTP source", {
    fix: "Remove the partition's line in millrace.checkpoints to read everything again, or give the operator a new name",
  });
}

function earlier(value: Value | null, ms: number): Value | null {
  const at = value === null ? undefined : instant(value);
  return at === undefined ? value : at.subtract({ milliseconds: ms }).toString();
}

function compare(left: Value, right: Value): number {
  const [one, other] = [instant(left), instant(right)];
  if (one && other) return Temporal.Instant.compare(one, other);
  if (WHOLE.test(String(left)) && WHOLE.test(String(right))) {
    return Number(BigInt(left) - BigInt(right));
  }
  const difference = Number(left) - Number(right);
  if (!Number.isNaN(difference)) return difference;
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
}

const WHOLE = /^-?\d+$/;

function instant(value: Value): Temporal.Instant | undefined {
  try {
    return typeof value === "string" ? Temporal.Instant.from(value) : undefined;
  } catch {
    return undefined;
  }
}

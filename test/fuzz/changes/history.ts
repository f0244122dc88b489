import fc from "fast-check";
import { text } from "../texts.ts";

/** A row as its source has it. */
interface SourceRow {
  readonly note: string | null;
  /** More digits than a double has. */
  readonly amount: string;
}

type Step =
  | ({ readonly is: "put"; readonly id: number } & SourceRow)
  | { readonly is: "delete"; readonly id: number }
  | { readonly is: "move"; readonly id: number; readonly to: number; readonly note: string }
  | { readonly is: "truncate" };

/** What a table went through, and what its rows are in the end. */
export interface History {
  /** As Debezium tells of each change, in order. */
  readonly events: readonly string[];
  readonly rows: ReadonlyMap<number, SourceRow>;
  readonly truncated: boolean;
}

const id = fc.integer({ min: 1, max: 5 });
const note = fc.option(text, { freq: 5 });
const amount = fc.stringMatching(/^-?[1-9]\d{0,24}\.\d{0,11}[1-9]$/);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ is: fc.constant("put" as const), id, note, amount }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("delete" as const), id }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant("move" as const), id, to: id, note: text }) },
);
const truncation = fc.constant<Step>({ is: "truncate" });

export const history: fc.Arbitrary<History> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.array(step, { maxLength: 40 }) },
      {
        weight: 1,
        arbitrary: fc.array(fc.oneof({ weight: 12, arbitrary: step }, { weight: 1, arbitrary: truncation }), {
          maxLength: 40,
        }),
      },
    ),
    fc.array(fc.integer({ min: 1, max: 2 ** 20 }), { minLength: 1, maxLength: 5 }),
  )
  .map(([steps, gaps]) => happen(steps, gaps));

/** Takes the steps that a table allows, one after the other; the log grows by one of `gaps` with each. */
function happen(steps: readonly Step[], gaps: readonly number[]): History {
  const rows = new Map<number, SourceRow>();
  const events: string[] = [];
  let truncated = false;
  let lsn = 2 ** 40;
  const say = (op: string, before: number | null, after: number | null) => {
    lsn += gaps[events.length % gaps.length]!;
    const key = before === null ? "null" : `{"id":${before}}`;
    const row = after === null ? null : rows.get(after)!;
    const whole = row === null ? "null" : `{"id":${after},"note":${JSON.stringify(row.note)},"amount":${row.amount}}`;
    events.push(`{"op":"${op}","before":${key},"after":${whole},"source":{"lsn":${lsn}},"ts_ms":1700000000000}`);
  };
  for (const one of steps) {
    if (one.is === "truncate") {
      rows.clear();
      truncated = true;
      say("t", null, null);
      continue;
    }
    const present = rows.get(one.id);
    if (one.is === "put") {
      rows.set(one.id, { note: one.note, amount: one.amount });
      say(present === undefined ? "c" : "u", null, one.id);
    } else if (one.is === "delete" && present !== undefined) {
      rows.delete(one.id);
      say("d", one.id, null);
    } else if (one.is === "move" && present !== undefined && !rows.has(one.to)) {
      rows.delete(one.id);
      rows.set(one.to, { ...present, note: one.note });
      say("u", one.id, one.to);
    }
  }
  return { events, rows, truncated };
}

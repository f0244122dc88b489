import { randomFrom } from "../../random.ts";
import { days, type ModelledOperator } from "./operators.ts";

/** A record of a source, with what must become of it. */
export interface SourceRecord {
  /** Its line in the file. */
  readonly text: string;
  readonly outcome: Outcome;
}

type Outcome =
  | { readonly kind: "row"; readonly row: Row }
  | { readonly kind: "delete"; readonly row: Row }
  | { readonly kind: "filtered" }
  /** A dead letter with this code. */
  | { readonly kind: "rejected"; readonly code: string };

export interface Row {
  readonly id: number;
  readonly day: string;
  readonly amount: string;
  readonly note: string;
  /** Of a change. */
  readonly sequence: number | null;
}

export interface Source {
  readonly header: string;
  readonly records: readonly SourceRecord[];
}

/** How many sources there are for a partition. */
export const SOURCES = 3;
const RECORDS = 240;
const KEYS = 300;

/** A source, the same each time: of the same keys as the others of its day, with other values, a few of which are no rows. */
export function sourceOf(
  operator: ModelledOperator,
  { day, source }: { readonly day: number; readonly source: number },
): Source {
  const random = randomFrom(1 + day * SOURCES + source);
  const whole = (below: number) => Math.floor(random() * below);
  return operator.way === "changes"
    ? { header: "id,day,amount,note,sequence,operation\n", records: changes(whole, source) }
    : { header: "id,day,amount,note\n", records: items(whole, { operator, day, source }) };
}

type Whole = (below: number) => number;

function items(
  whole: Whole,
  { operator, day, source }: { readonly operator: ModelledOperator; readonly day: number; readonly source: number },
): SourceRecord[] {
  const { bytes } = operator;
  const records: SourceRecord[] = [];
  for (let key = 0; records.length < RECORDS && key < KEYS; key += 1) {
    if (whole(100) < 15) continue;
    const id = day * 1000 + key;
    const chance = whole(100);
    const note =
      chance < 2
        ? "bad"
        : chance < 4
          ? "refused"
          : chance < 7
            ? "skip"
            : chance < 60
              ? `note ${id}`
              : `note ${id} of ${source}`;
    const row = { id, day: days[day]!, amount: cents(whole(100_000)), note, sequence: null };
    const text = `${id},${row.day},${row.amount},${note}\n`;
    if (whole(100) < 2) records.push({ text: `x${text}`, outcome: { kind: "rejected", code: "SCHEMA" } });
    else if (note === "refused") records.push({ text, outcome: { kind: "rejected", code: "CHECK" } });
    else if (note === "bad" && !bytes) records.push({ text, outcome: { kind: "rejected", code: "REJECTED" } });
    else if (note === "skip" && !bytes) records.push({ text, outcome: { kind: "filtered" } });
    else records.push({ text, outcome: { kind: "row", row } });
  }
  return records;
}

/** Changes of a few rows, some older than what came before them. What is refused has a key of its own. */
function changes(whole: Whole, source: number): SourceRecord[] {
  return Array.from({ length: RECORDS }, (_, index) => {
    const number = 1 + index + source * (RECORDS - 60);
    const late = whole(100) < 8 ? whole(80) : 0;
    const sequence = Math.max(1, number - late);
    const chance = whole(100);
    const id = chance < 2 ? 9000 + number : whole(60);
    const note = chance < 2 ? "refused" : `note ${number} of ${source}`;
    const row = { id, day: days[0]!, amount: cents(whole(100_000)), note, sequence };
    const operation = chance < 4 && chance >= 2 ? "shout" : chance >= 80 ? "delete" : "upsert";
    const text = `${id},${row.day},${row.amount},${note},${sequence},${operation}\n`;
    if (operation === "shout") return { text, outcome: { kind: "rejected", code: "SCHEMA" } };
    if (note === "refused") return { text, outcome: { kind: "rejected", code: "CHECK" } };
    return { text, outcome: { kind: operation === "delete" ? "delete" : "row", row } };
  });
}

function cents(value: number): string {
  return (value / 100).toFixed(2);
}

import type pg from "pg";
import { redact } from "../../errors/redact.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { Attempt } from "../../state/ledger.ts";
import { deadLetters as table, type DeadLetterStatus } from "../../state/tables.ts";
import { copyRows } from "./copy.ts";
import { rowEncoder } from "./copy-text.ts";
import { columnList, quotedTable, targetColumns } from "./target-columns.ts";

const GIVEN = new Set([
  "operator",
  "partition",
  "runId",
  "status",
  "code",
  "reason",
  "field",
  "record",
  "source",
  "line",
  "byteOffset",
]);
const columns = targetColumns(table).filter(({ key }) => GIVEN.has(key));
const encode = rowEncoder(columns);

/** Writes dead letters within the transaction that commits the rows they were read with. */
export async function writeDeadLetters(
  client: pg.Client,
  attempt: Attempt,
  letters: readonly DeadLetter[],
  status: DeadLetterStatus = "open",
): Promise<void> {
  if (letters.length === 0) return;
  const { id: runId, operator, partition } = attempt;
  // Many say the same of the same source.
  const known = new Map<string, string>();
  const shown = (text: string) => {
    let storableText = known.get(text);
    if (storableText === undefined) known.set(text, (storableText = storable(text)));
    return storableText;
  };
  const lines = letters.map(({ code, reason, field, record, position }) =>
    encode({
      operator,
      partition,
      runId,
      status,
      code,
      reason: shown(reason),
      field,
      record: jsonSafe(record),
      ...position,
      source: shown(position.source),
    }),
  );
  await copyRows(client, `${quotedTable(table)} (${columnList(columns)})`, Buffer.from(`${lines.join("\n")}\n`));
}

/** Text that PostgreSQL can store, with what it can not made visible, and without passwords. */
export function storable(text: string): string {
  return redact(text).replaceAll("\0", "\\u0000").toWellFormed();
}

/** What JSON can hold: most records can as they are; numbers that JSON's readers would change become text, what is undefined null. */
function jsonSafe(record: unknown): unknown {
  if (typeof record === "string") return record;
  if (
    typeof record === "object" &&
    record !== null &&
    Object.values(record).every((value) => value === null || typeof value === "string")
  )
    return record;
  return JSON.parse(
    JSON.stringify(record ?? null, (_, value: unknown) => {
      if (typeof value === "bigint") return String(value);
      return JSON.isRawJSON(value) ? (value as { readonly rawJSON: string }).rawJSON : value;
    }),
  );
}

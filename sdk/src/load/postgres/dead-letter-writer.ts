import type pg from "pg";
import { redact } from "../../errors/redact.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { RecordJson } from "../../record/record-json.ts";
import type { Attempt } from "../../state/ledger.ts";
import { deadLetters as table, type DeadLetterStatus } from "../../state/tables.ts";
import { copyRows } from "./copy.ts";
import { copyText } from "./copy-text.ts";
import { columnList, quotedTable } from "./target-columns.ts";

/** In the order of a line's values. */
const COLUMNS = [
  table.operator,
  table.partition,
  table.runId,
  table.status,
  table.code,
  table.reason,
  table.field,
  table.record,
  table.valueTypes,
  table.typed,
  table.source,
  table.line,
  table.byteOffset,
];

/** Writes dead letters within the transaction that commits the rows they were read with. */
export async function writeDeadLetters(
  client: pg.Client,
  attempt: Attempt,
  letters: readonly DeadLetter[],
  status: DeadLetterStatus = "open",
): Promise<void> {
  if (letters.length === 0) return;
  const { id, operator, partition } = attempt;
  const head = [operator, partition, id, status].map((text) => copyText(text, "")).join("\t");
  // Many say the same of the same source.
  const known = new Map<string, string>();
  const shown = (text: string) => {
    let line = known.get(text);
    if (line === undefined) known.set(text, (line = copyText(storable(text), "")));
    return line;
  };
  let lines = "";
  for (const { code, reason, field, record, position, typed } of letters) {
    const { source, line, byteOffset } = position;
    const where = `${shown(source)}\t${line ?? "\\N"}\t${byteOffset ?? "\\N"}`;
    const named = field === null ? "\\N" : shown(field);
    lines += `${head}\t${shown(code)}\t${shown(reason)}\t${named}\t${inCopy(record)}\t${typed ?? "\\N"}\t${where}\n`;
  }
  await copyRows(client, `${quotedTable(table)} (${columnList(COLUMNS)})`, Buffer.from(lines));
}

/** Text that PostgreSQL can store, with what it can not made visible, and without passwords. */
export function storable(text: string): string {
  return redact(text).replaceAll("\0", "\\u0000").toWellFormed();
}

/** A record and the types of its values in a line of COPY. */
function inCopy(record: unknown): string {
  const { json, types } = record instanceof RecordJson ? record : new RecordJson(record);
  return `${jsonInCopy(json)}\t${types === null ? "\\N" : jsonInCopy(types)}`;
}

/** Backslashes stand twice; of control characters JSON has none. */
function jsonInCopy(json: string): string {
  return json.includes("\\") ? json.replaceAll("\\", "\\\\") : json;
}

import type pg from "pg";
import { redact } from "../../errors/redact.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { RecordJson } from "../../record/record-json.ts";
import type { Attempt } from "../../state/ledger.ts";
import { deadLetters as table, type DeadLetterStatus } from "../../state/tables.ts";
import { HEADER, TRAILER } from "./binary/binary-rows.ts";
import { writeInt32, writeInt64 } from "./binary/binary-values.ts";
import { copyRows, KEPT_BYTES, type RowPieces } from "./copy.ts";
import { columnList, quotedTable } from "./target-columns.ts";

/** In the order of a row's values. */
const COLUMNS = [
  table.operator,
  table.partition,
  table.runId,
  table.status,
  table.code,
  table.reason,
  table.field,
  table.source,
  table.record,
  table.valueTypes,
  table.typed,
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
  const run = Buffer.from(id.replaceAll("-", ""), "hex");
  const head = [Buffer.from(operator), Buffer.from(partition), run, Buffer.from(status)].map(valueOf);
  const rows = new LetterRows(Buffer.concat([Buffer.from([0, COLUMNS.length]), ...head]), letters);
  await copyRows(client, `${quotedTable(table)} (${columnList(COLUMNS)})`, rows);
}

const PIECE_BYTES = 256 * 1024;
/** Of the lengths of two texts, a boolean and two numbers. */
const OTHER_BYTES = 2 * 4 + 5 + 2 * 12;
const NULL = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** Dead letters in COPY's binary form: most of each is its record, in which the server then has nothing to look for. */
class LetterRows implements RowPieces {
  readonly format = "binary";
  /** What all rows begin with. */
  readonly #head: Buffer;
  readonly #letters: readonly DeadLetter[];
  /** Many say the same of the same source. */
  readonly #known = new Map<string, Buffer>();

  constructor(head: Buffer, letters: readonly DeadLetter[]) {
    this.#head = head;
    this.#letters = letters;
  }

  /** Long ones are written to the same memory. */
  *pieces(): Generator<Buffer> {
    let out = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let at = HEADER.copy(out);
    for (const letter of this.#letters) {
      const { bytes, start, end, types } = RecordJson.of(letter.record);
      const { source, line, byteOffset } = letter.position;
      const texts = [
        this.#shown(letter.code),
        this.#shown(letter.reason),
        this.#shown(letter.field),
        this.#shown(source),
      ];
      let needed = this.#head.length + (end - start) + (types?.length ?? 0) * 3 + OTHER_BYTES + TRAILER.length;
      for (const text of texts) needed += text.length;
      if (at + needed > out.length) {
        yield out.subarray(0, at);
        if (needed > out.length || at < KEPT_BYTES) out = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, needed));
        at = 0;
      }
      at += this.#head.copy(out, at);
      for (const text of texts) at += text.copy(out, at);
      writeInt32(end - start, out, at);
      at += 4 + bytes.copy(out, at + 4, start, end);
      at = writeText(types, out, at);
      at = writeBoolean(letter.typed, out, at);
      at = writeNumber(line, out, at);
      at = writeNumber(byteOffset, out, at);
    }
    yield out.subarray(0, at + TRAILER.copy(out, at));
  }

  #shown(text: string | null): Buffer {
    if (text === null) return NULL;
    let shown = this.#known.get(text);
    if (shown === undefined) this.#known.set(text, (shown = valueOf(Buffer.from(storable(text)))));
    return shown;
  }
}

/** With its length before it. */
function valueOf(bytes: Buffer): Buffer {
  const value = Buffer.allocUnsafe(4 + bytes.length);
  bytes.copy(value, value.writeInt32BE(bytes.length));
  return value;
}

function writeText(value: string | null, out: Buffer, at: number): number {
  if (value === null) return at + NULL.copy(out, at);
  const length = out.write(value, at + 4);
  writeInt32(length, out, at);
  return at + 4 + length;
}

function writeBoolean(value: boolean | undefined, out: Buffer, at: number): number {
  if (value === undefined) return at + NULL.copy(out, at);
  writeInt32(1, out, at);
  out[at + 4] = value ? 1 : 0;
  return at + 5;
}

function writeNumber(value: number | null, out: Buffer, at: number): number {
  if (value === null) return at + NULL.copy(out, at);
  writeInt32(8, out, at);
  writeInt64(value, out, at + 4);
  return at + 12;
}

/** Text that PostgreSQL can store, with what it can not made visible, and without passwords. */
export function storable(text: string): string {
  return redact(text).replaceAll("\0", "\\u0000").toWellFormed();
}

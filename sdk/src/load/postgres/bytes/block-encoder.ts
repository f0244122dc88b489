import { RecordError } from "../../../errors/millrace-error.ts";
import { FieldForm } from "../../../extract/csv/row-tables.ts";
import { Malformed, type FieldBlock } from "../../../extract/source.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { canonicalText, FieldProblem, type TableField } from "../../../record/table-record.ts";
import type { TextRepair } from "../../../record/text-policy.ts";
import type { RowBuffer } from "../../row-buffer.ts";
import { HASH_LENGTH, type RowHash } from "../../row-hash.ts";
import { copyText } from "../copy-text.ts";
import { fieldWriter, UNDECIDED, writeEscapedText, type FieldWriter } from "./field-bytes.ts";

export interface BlockEncoderOptions {
  /** The fields to be written, in the order of the target's encoding. */
  readonly fields: readonly TableField[];
  /** Whether the fields' types are their columns': else a value that is plain as a field need not be one of its column. */
  readonly typed: boolean;
  /** The fields' names, as blocks have them. */
  readonly names: readonly string[];
  /** Appends the row's hash as a last column. */
  readonly hash: RowHash | null;
  /** Of texts that their column can not hold. */
  readonly repair: TextRepair | null;
  /** Judges a field by its text, as whether it lies within the partition; raises RecordError. */
  readonly guard: { readonly field: TableField; readonly check: (text: string | null) => void } | null;
}

interface Slot {
  readonly field: TableField;
  /** Where the field stands in a row of the source. */
  readonly index: number;
  readonly write: FieldWriter;
  readonly isText: boolean;
}

const TAB = 0x09;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;

/** Makes rows in COPY text of rows that are bytes; a row that is not plain takes the way over text, to the same result. */
export class BlockEncoder {
  readonly #slots: readonly Slot[];
  readonly #width: number;
  readonly #typed: boolean;
  readonly #hash: RowHash | null;
  readonly #guard: BlockEncoderOptions["guard"];
  readonly #guardIndex: number;
  readonly #repair: TextRepair | null;
  #guardedText = "";

  constructor({ fields, typed, names, hash, repair, guard }: BlockEncoderOptions) {
    this.#slots = fields.map((field) => ({
      field,
      index: names.indexOf(field.name),
      write: fieldWriter(field.type),
      isText: field.type.kind === "text",
    }));
    this.#width = names.length;
    this.#typed = typed;
    this.#hash = hash;
    this.#repair = repair;
    this.#guard = guard;
    this.#guardIndex = guard === null ? -1 : names.indexOf(guard.field.name);
  }

  /** Adds a row to `out`, or says why it can not be loaded. */
  encode(block: FieldBlock, row: number, out: RowBuffer): DeadLetter | null {
    const from = block.rows[row]!;
    const plain =
      block.wellFormed && block.rows[row + 1]! - from === this.#width && this.#encodePlain(block, from, out);
    return plain ? null : this.#encodeText(block, row, out);
  }

  #encodePlain(block: FieldBlock, from: number, out: RowBuffer): boolean {
    const { bytes, starts, ends, forms } = block;
    const slots = this.#slots;
    const rowStart = out.length;
    out.reserve((ends[from + this.#width - 1]! - starts[from]!) * 2 + slots.length * 3 + HASH_LENGTH + 2);
    const target = out.bytes;
    let at = rowStart;
    for (let slot = 0; slot < slots.length; slot += 1) {
      const { index, write, isText, field } = slots[slot]!;
      const start = starts[from + index]!;
      const end = ends[from + index]!;
      const form = forms[from + index]!;
      if (slot > 0) target[at++] = TAB;
      if (form === FieldForm.bare && isNull(block, start, end)) {
        if (field.notNull) return false;
        target[at++] = BACKSLASH;
        target[at++] = UPPER_N;
        continue;
      }
      if (form <= FieldForm.quoted) at = write(bytes, start, end, target, at);
      else if (form === FieldForm.escaped && isText && field.type.maxLength === Number.POSITIVE_INFINITY)
        at = writeEscapedText(bytes, start, end, target, at);
      else return false;
      if (at === UNDECIDED) return false;
    }
    if (this.#guard !== null && !this.#inside(block, from)) return false;
    this.#endRow(out, rowStart, { end: at, plain: this.#typed });
    return true;
  }

  /** Partitions are loaded in order: mostly the text is that of the row before. */
  #inside({ bytes, starts, ends }: FieldBlock, from: number): boolean {
    const text = bytes.toString("latin1", starts[from + this.#guardIndex], ends[from + this.#guardIndex]);
    if (text === this.#guardedText) return true;
    try {
      this.#guard!.check(text);
    } catch {
      return false; // said again, and reported, on the way over text
    }
    this.#guardedText = text;
    return true;
  }

  #encodeText(block: FieldBlock, row: number, out: RowBuffer): DeadLetter | null {
    const record = block.record(row);
    const position = block.position(row);
    if (record instanceof Malformed) {
      const { code, reason, raw } = record.record;
      return { code, reason, field: null, record: raw, position };
    }
    const texts: (string | null)[] = [];
    const problems: string[] = [];
    let faulty: string | null = null;
    for (const { field, isText } of this.#slots) {
      const given = record[field.name] ?? null;
      const repaired = isText && given !== null ? this.#repair?.repair(given, field.type.maxLength) : undefined;
      const text = canonicalText(field, repaired ?? given);
      if (text instanceof FieldProblem) {
        problems.push(`${field.name}: ${text.message}`);
        faulty ??= field.name;
      } else {
        texts.push(text);
      }
    }
    if (problems.length > 0)
      return { code: "SCHEMA", reason: problems.join("; "), field: faulty, record, position, typed: false };
    try {
      const guarded = this.#slots.findIndex(({ field }) => field === this.#guard?.field);
      if (guarded >= 0) this.#guard!.check(texts[guarded]!);
      const line = texts
        .map((text, slot) => (text === null ? "\\N" : copyText(text, this.#slots[slot]!.field.key)))
        .join("\t");
      out.reserve(line.length * 3 + HASH_LENGTH + 2);
      const rowStart = out.length;
      this.#endRow(out, rowStart, { end: rowStart + out.bytes.write(line, rowStart), plain: false });
      return null;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return { ...error.rejection, record, position, typed: false };
    }
  }

  #endRow(out: RowBuffer, start: number, { end, plain }: { readonly end: number; readonly plain: boolean }): void {
    const target = out.bytes;
    let at = this.#hash === null ? end : this.#hash.append(target, start, end);
    target[at++] = LF;
    out.endRow(at, plain);
  }
}

function isNull({ bytes, nulls }: FieldBlock, start: number, end: number): boolean {
  for (let index = 0; index < nulls.length; index += 1) {
    const text = nulls[index]!;
    if (text.length === end - start && (end === start || text.compare(bytes, start, end) === 0)) return true;
  }
  return false;
}

import { RecordError } from "../../../errors/millrace-error.ts";
import { FieldForm } from "../../../extract/csv/row-tables.ts";
import { Malformed, malformedLetter, type FieldBlock } from "../../../extract/source.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import type { TableField } from "../../../record/table-field.ts";
import { canonicalText, FieldProblem } from "../../../record/table-record.ts";
import type { TextRepair } from "../../../record/text-policy.ts";
import type { RowBuffer } from "../../row-buffer.ts";
import { HASH_LENGTH, type RowHash } from "../../row-hash.ts";
import { copyText } from "../copy-text.ts";
import { fieldWriter, UNDECIDED, writeEscapedText, type FieldWriter } from "./field-bytes.ts";
import { isNullField } from "./null-field.ts";
import { RowJson } from "./row-json.ts";

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
  /** What a reject says of it, by what is wrong: the same text for all of them. */
  readonly reasons: Map<string, string>;
}

interface UndecidedRow {
  readonly block: FieldBlock;
  readonly row: number;
  readonly from: number;
  /** The first slot that is not plain. */
  readonly undecided: number;
  readonly out: RowBuffer;
}

/** In place of a slot: all are plain. */
const DECIDED = -1;

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
  readonly #json: RowJson;
  #guardedText = "";

  constructor({ fields, typed, names, hash, repair, guard }: BlockEncoderOptions) {
    this.#slots = fields.map((field) => ({
      field,
      index: names.indexOf(field.name),
      write: fieldWriter(field.type),
      isText: field.type.kind === "text",
      reasons: new Map(),
    }));
    this.#width = names.length;
    this.#typed = typed;
    this.#hash = hash;
    this.#repair = repair;
    this.#guard = guard;
    this.#json = new RowJson(names);
    this.#guardIndex = guard === null ? -1 : names.indexOf(guard.field.name);
  }

  /** Adds a row to `out`, or says why it can not be loaded. */
  encode(block: FieldBlock, row: number, out: RowBuffer): DeadLetter | null {
    const from = block.rows[row]!;
    if (!block.wellFormed || block.rows[row + 1]! - from !== this.#width) return this.#encodeText(block, row, out);
    const undecided = this.#encodePlain(block, from, out);
    if (undecided === DECIDED) return null;
    return this.#refusePlain({ block, row, from, undecided, out }) ?? this.#encodeText(block, row, out);
  }

  /** The first slot that is not plain; one behind all where it is the row as a whole. */
  #encodePlain(block: FieldBlock, from: number, out: RowBuffer): number {
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
      if (form === FieldForm.bare && isNullField(block, start, end)) {
        if (field.notNull) return slot;
        target[at++] = BACKSLASH;
        target[at++] = UPPER_N;
        continue;
      }
      if (form <= FieldForm.quoted) at = write(bytes, start, end, target, at);
      else if (form === FieldForm.escaped && isText && field.type.maxLength === Number.POSITIVE_INFINITY)
        at = writeEscapedText(bytes, start, end, target, at);
      else return slot;
      if (at === UNDECIDED) return slot;
    }
    if (this.#guard !== null && !this.#inside(block, from)) return slots.length;
    this.#endRow(out, rowStart, { end: at, plain: this.#typed });
    return DECIDED;
  }

  /** What `#encodeText` says of a row in which a field is no value of its column; null where it has more to look at. */
  #refusePlain({ block, row, from, undecided, out }: UndecidedRow): DeadLetter | null {
    if (this.#repair !== null) return null;
    const { bytes, starts, ends, forms } = block;
    let reason: string | null = null;
    let faulty: string | null = null;
    for (let number = undecided; number < this.#slots.length; number += 1) {
      const { index, write, field, reasons } = this.#slots[number]!;
      const start = starts[from + index]!;
      const end = ends[from + index]!;
      const form = forms[from + index]!;
      if (form > FieldForm.quoted) return null;
      const isNull = form === FieldForm.bare && isNullField(block, start, end);
      if (!isNull && write(bytes, start, end, out.bytes, out.length) !== UNDECIDED) continue;
      const canonical = canonicalText(field, isNull ? null : bytes.toString("utf8", start, end));
      if (!(canonical instanceof FieldProblem)) continue;
      let said = reasons.get(canonical.message);
      if (said === undefined) reasons.set(canonical.message, (said = `${field.name}: ${canonical.message}`));
      reason = reason === null ? said : `${reason}; ${said}`;
      faulty ??= field.name;
    }
    const record = reason === null ? null : this.#json.write(block, from);
    if (reason === null || record === null) return null;
    return { code: "SCHEMA", reason, field: faulty, record, position: block.position(row), typed: false };
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
    if (record instanceof Malformed) return malformedLetter(record.record);
    const position = block.position(row);
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

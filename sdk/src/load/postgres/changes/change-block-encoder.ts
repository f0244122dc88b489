import type { StandardSchemaV1 } from "@standard-schema/spec";
import { RecordError } from "../../../errors/millrace-error.ts";
import { FieldForm } from "../../../extract/csv/row-tables.ts";
import { Malformed, malformedLetter, type FieldBlock } from "../../../extract/source.ts";
import type { ChangeRecord } from "../../../record/change-record.ts";
import { CHANGE_WORDS } from "../../../record/change-words.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { fieldType } from "../../../record/field-type.ts";
import { recordStep } from "../../../record/record-step.ts";
import type { TableField } from "../../../record/table-field.ts";
import type { AnyChange } from "../../change.ts";
import type { RowBuffer } from "../../row-buffer.ts";
import { fieldWriter, UNDECIDED, writeEscapedText, type FieldWriter } from "../bytes/field-bytes.ts";
import { isNullField } from "../bytes/null-field.ts";
import type { TargetColumn } from "../target-columns.ts";
import { Operation, type ChangeColumns } from "./change-columns.ts";
import { changeEncoder } from "./change-encoder.ts";
import { plainSequence } from "./sequence.ts";

export interface ChangeBlockEncoderOptions {
  readonly columns: ChangeColumns;
  readonly record: ChangeRecord<unknown>;
  /** The same, where a text policy has a say in it. */
  readonly schema: StandardSchemaV1;
  /** The fields' names, as blocks have them. */
  readonly names: readonly string[];
}

interface Slot {
  /** Where the field stands in a row of the source. */
  readonly index: number;
  readonly write: FieldWriter;
  readonly isText: boolean;
  readonly notNull: boolean;
  readonly isSequence: boolean;
}

interface Word {
  readonly bytes: Buffer;
  readonly deletes: boolean;
}

const TAB = 0x09;
const NULL = Buffer.from("\\N");

/** Makes changes in COPY text of rows that are bytes; one that is not plain takes the way over an object, to the same result. */
export class ChangeBlockEncoder {
  readonly #width: number;
  readonly #operation: number;
  readonly #words: readonly Word[];
  /** Null in place of a column that is not given. */
  readonly #written: readonly (Slot | null)[];
  /** Null where deletions are not plain. */
  readonly #deleted: readonly (Slot | null)[] | null;
  readonly #writeEnd: Buffer;
  readonly #deleteEnd: Buffer;
  readonly #isSequence: (data: Buffer, start: number, end: number) => boolean;
  readonly #step: ReturnType<typeof recordStep<AnyChange>>;
  readonly #encode: (change: AnyChange) => string;

  constructor({ columns, record, schema, names }: ChangeBlockEncoderOptions) {
    const { key, sequence, others, softDelete, previousKey } = columns;
    const fieldOf = (column: TargetColumn, fields: readonly TableField[]) =>
      fields.find((field) => field.key === column.key && names.includes(field.name));
    const slot = (column: TargetColumn): Slot | null => {
      const field = fieldOf(column, record.written);
      if (field === undefined) return null;
      const { kind, maxLength } = field.type;
      return {
        index: names.indexOf(field.name),
        // What a type says of a value is only looked at where the column has it too.
        write: kind === fieldType(column.sqlType).kind ? fieldWriter(field.type) : () => UNDECIDED,
        isText: kind === "text" && maxLength === Number.POSITIVE_INFINITY,
        notNull: field.notNull || column.notNull,
        isSequence: column === sequence,
      };
    };
    this.#width = names.length;
    this.#operation = names.indexOf(record.operation);
    this.#words = [...CHANGE_WORDS]
      .filter(([, word]) => word !== "truncate")
      .map(([text, word]) => ({ bytes: Buffer.from(text), deletes: word === "delete" }));
    this.#written = [...key, sequence, ...others].map(slot);
    const marked = softDelete !== null && fieldOf(softDelete, record.deleted) !== undefined;
    this.#deleted = marked ? null : [...[...key, sequence].map(slot), ...others.map(() => null)];
    const end = (operation: string) =>
      Buffer.from(`${softDelete === null ? "" : "\t\\N"}\t${operation}${"\t\\N".repeat(previousKey.length)}\n`);
    this.#writeEnd = end(Operation.write);
    this.#deleteEnd = end(Operation.delete);
    this.#isSequence = plainSequence(sequence);
    this.#step = recordStep<AnyChange>({ schema, transform: undefined });
    this.#encode = changeEncoder(columns);
    columns.written = [...key, sequence, ...others].filter((_, at) => this.#written[at] !== null);
  }

  /** Adds a change to `out`, or says why it can not be loaded. */
  encode(block: FieldBlock, row: number, out: RowBuffer): DeadLetter | null {
    const from = block.rows[row]!;
    const plain =
      block.wellFormed && block.rows[row + 1]! - from === this.#width && this.#encodePlain(block, from, out);
    return plain ? null : this.#encodeRecord(block, row, out);
  }

  #encodePlain(block: FieldBlock, from: number, out: RowBuffer): boolean {
    const { bytes, starts, ends, forms } = block;
    const word = this.#wordAt(bytes, starts[from + this.#operation]!, ends[from + this.#operation]!);
    const slots = word?.deletes ? this.#deleted : this.#written;
    if (word === undefined || slots === null || forms[from + this.#operation]! > FieldForm.quoted) return false;
    const end = word.deletes ? this.#deleteEnd : this.#writeEnd;
    out.reserve((ends[from + this.#width - 1]! - starts[from]!) * 2 + slots.length * 3 + end.length);
    const target = out.bytes;
    let at = out.length;
    for (let number = 0; number < slots.length; number += 1) {
      if (number > 0) target[at++] = TAB;
      const slot: Slot | null = slots[number]!;
      const field = slot === null ? 0 : from + slot.index;
      const start = starts[field]!;
      if (slot === null || (forms[field] === FieldForm.bare && isNullField(block, start, ends[field]!))) {
        if (slot?.notNull === true) return false;
        target[at++] = NULL[0]!;
        target[at++] = NULL[1]!;
        continue;
      }
      if (slot.isSequence && !this.#isSequence(bytes, start, ends[field]!)) return false;
      if (forms[field]! <= FieldForm.quoted) at = slot.write(bytes, start, ends[field]!, target, at);
      else if (forms[field] === FieldForm.escaped && slot.isText)
        at = writeEscapedText(bytes, start, ends[field]!, target, at);
      else return false;
      if (at === UNDECIDED) return false;
    }
    for (let index = 0; index < end.length; index += 1) target[at++] = end[index]!;
    out.endRow(at);
    return true;
  }

  #wordAt(bytes: Buffer, start: number, end: number): Word | undefined {
    words: for (const word of this.#words) {
      if (word.bytes.length !== end - start) continue;
      for (let at = start; at < end; at += 1) if (bytes[at] !== word.bytes[at - start]) continue words;
      return word;
    }
    return undefined;
  }

  #encodeRecord(block: FieldBlock, row: number, out: RowBuffer): DeadLetter | null {
    const record = block.record(row);
    if (record instanceof Malformed) return malformedLetter(record.record);
    const position = block.position(row);
    const result = this.#step(record);
    if (result.outcome === "rejected") return { ...result.rejection, record, position, typed: false };
    if (result.outcome === "filtered") return null;
    try {
      out.add(this.#encode(result.row), null);
      return null;
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return { ...error.rejection, record, position, typed: false };
    }
  }
}

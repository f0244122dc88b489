import { FieldForm } from "../../../extract/csv/row-tables.ts";
import type { FieldBlock } from "../../../extract/source.ts";
import { RecordJsonWriter, type RecordJson } from "../../../record/record-json.ts";
import { isNullField } from "./null-field.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;
const NULL = Buffer.from("null");

/** Writes rows of a source as the JSON of their records, without making those. */
export class RowJson {
  readonly #writer = new RecordJsonWriter();
  /** What stands before each value; null where the names are in another order in an object. */
  readonly #heads: readonly Buffer[] | null;
  readonly #headBytes: number;

  constructor(names: readonly string[]) {
    const moved = names.some((name) => /^\d+$/.test(name) || name === "__proto__");
    const heads = names.map((name, index) => Buffer.from(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:`));
    this.#heads = moved ? null : heads;
    this.#headBytes = heads.reduce((sum, { length }) => sum + length, 0);
  }

  /** The row whose first field is number `from`, of as many fields as there are names; null where it is not plain text. */
  write(block: FieldBlock, from: number): RecordJson | null {
    const heads = this.#heads;
    const { bytes, starts, ends, forms } = block;
    if (heads === null || !block.wellFormed) return null;
    const count = heads.length;
    // A field in quotes has these in the source; one that is bare and empty may become `null`.
    this.#writer.reserve(this.#headBytes + (ends[from + count - 1]! - starts[from]!) + count * 4 + 1);
    const out = this.#writer.bytes;
    let at = this.#writer.length;
    for (let index = 0; index < count; index += 1) {
      const start = starts[from + index]!;
      const end = ends[from + index]!;
      const form = forms[from + index]!;
      if (form > FieldForm.quoted) return null;
      at += heads[index]!.copy(out, at);
      if (form === FieldForm.bare && isNullField(block, start, end)) {
        at += NULL.copy(out, at);
        continue;
      }
      out[at++] = QUOTE;
      for (let offset = start; offset < end; offset += 1) {
        const byte = bytes[offset]!;
        if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return null;
        out[at++] = byte;
      }
      out[at++] = QUOTE;
    }
    out[at++] = CLOSING_BRACE;
    return this.#writer.end(at);
  }
}

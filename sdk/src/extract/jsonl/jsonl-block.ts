import { isAscii, isUtf8 } from "node:buffer";
import type { Position } from "../../record/dead-letter.ts";
import { parseExactRecord } from "../../record/exact-json.ts";
import type { InvalidUtf8 } from "../../record/text-policy.ts";
import { escapedUtf8 } from "../escaped-utf8.ts";
import { Malformed, type MalformedRecord, type RecordBatch } from "../source.ts";
import type { JsonRecord } from "./json-record.ts";
import type { LineBlock } from "./line-scanner.ts";
import type { LineTemplates } from "./line-templates.ts";

export interface JsonlBlockOptions {
  readonly path: string;
  readonly encoding: string;
  readonly invalidUtf8: InvalidUtf8;
  readonly maxRecordBytes: number;
  /** Where lines begin in the source, where that is not where they begin in the block's text. */
  readonly sourceOffsets: Float64Array | null;
  readonly templates: LineTemplates;
}

const MAX_RAW_CHARACTERS = 10_000;

/** Lines of JSON as records. */
export class JsonlBlock {
  readonly #block: LineBlock;
  readonly #options: JsonlBlockOptions;
  readonly #wellFormed: boolean;
  #text: string | null | undefined;

  constructor(block: LineBlock, options: JsonlBlockOptions) {
    this.#block = block;
    this.#options = options;
    this.#wellFormed = isUtf8(block.bytes);
  }

  get length(): number {
    return this.#block.starts.length;
  }

  /** The lines from `first` to before `last`. */
  batch(first: number, last: number, bytes: number): RecordBatch<JsonRecord> {
    const records: JsonRecord[] = [];
    const indexes: number[] = [];
    const malformed: MalformedRecord[] = [];
    for (let index = first; index < last; index += 1) {
      const record = this.#record(index);
      if (record instanceof Malformed) {
        malformed.push(record.record);
      } else {
        records.push(record);
        indexes.push(index);
      }
    }
    const position = (index: number) => this.#position(indexes[index]!);
    // Kept until they are committed: the lines, and not what was made of them.
    const origins = { position, record: (index: number) => this.#record(indexes[index]!) };
    this.#text = undefined;
    return { records, malformed, bytes, position, origins: () => origins };
  }

  #position(index: number): Position {
    const { path, sourceOffsets } = this.#options;
    const byteOffset = (sourceOffsets ?? this.#block.offsets)[index]!;
    return { source: path, line: this.#block.lines[index]!, byteOffset };
  }

  #record(index: number): JsonRecord | Malformed {
    const { starts, ends, tooLong, unterminated } = this.#block;
    const { encoding, invalidUtf8, maxRecordBytes, templates } = this.#options;
    if ((tooLong && index === 0) || ends[index]! - starts[index]! > maxRecordBytes)
      return this.#malformed(index, "JSON_TOO_LONG", `the line is longer than ${maxRecordBytes} bytes`);
    if (!this.#wellFormed && invalidUtf8 === "malformed" && !isUtf8(this.#bytes(index))) {
      return encoding === "utf-8"
        ? this.#malformed(index, "INVALID_UTF8", "the line is not valid UTF-8")
        : this.#malformed(index, "INVALID_ENCODING", `the line is not valid ${encoding}`);
    }
    const { text, start, end } = this.#place(index);
    const known = templates.read(text, start, end);
    if (known !== undefined) return known;
    try {
      const line = text.substring(start, end);
      const value = parseExactRecord(line);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) {
        templates.learn(line);
        return value as JsonRecord;
      }
      const found = Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
      return this.#malformed(index, "JSON_RECORD", `the line is ${found}, not an object`);
    } catch (error) {
      const cut = unterminated && index === this.length - 1 ? "the file ends within the line: " : "";
      return this.#malformed(index, "JSON_SYNTAX", `${cut}${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #malformed(index: number, code: string, reason: string): Malformed {
    const raw = this.#bytes(index)
      .subarray(0, MAX_RAW_CHARACTERS * 4)
      .toString()
      .slice(0, MAX_RAW_CHARACTERS);
    return new Malformed({ code, reason, raw, position: this.#position(index) });
  }

  #bytes(index: number): Buffer {
    return this.#block.bytes.subarray(this.#block.starts[index], this.#block.ends[index]);
  }

  /** A line in text: of its own, or within that of the whole block. */
  #place(index: number): { readonly text: string; readonly start: number; readonly end: number } {
    const { bytes, starts, ends } = this.#block;
    if (this.#wellFormed) {
      // In ASCII, which most blocks are, bytes and characters have the same offsets: one string is made, and cut.
      const whole = (this.#text ??= isAscii(bytes) ? bytes.toString("latin1") : null);
      if (whole !== null) return { text: whole, start: starts[index]!, end: ends[index]! };
    }
    const text = this.#wellFormed
      ? bytes.toString("utf8", starts[index], ends[index])
      : escapedUtf8(this.#bytes(index));
    return { text, start: 0, end: text.length };
  }
}

import type { JsonRecord } from "./json-record.ts";
import { JsonCursor, MISS } from "./json-cursor.ts";

/** Reads a line that has the same names in the same order, spaced alike; undefined where it is another. */
type ReadLine = (cursor: JsonCursor) => JsonRecord | undefined;

/** What stands in a line around its values. */
interface LineShape {
  readonly names: readonly string[];
  /** Ahead of each value. */
  readonly before: readonly string[];
  /** Behind the last one. */
  readonly after: string;
}

const MAX_FIELDS = 200;
/** Shapes for which there is code; a file of more of them is left to JSON.parse. */
const MAX_SHAPES = 16;
/** A line in another shape than the one before costs as much as lines in the same shape save. */
const MISS_COST = 4;
const MAX_CREDIT = 256;

/**
 * Most lines of a file have the names of the line before, in its order. Such a line is read by code made for that shape,
 * with less work than JSON.parse has, and becomes what `parseExactRecord` would make of it.
 */
export class LineTemplates {
  readonly #cursor = new JsonCursor();
  readonly #shapes = new Map<string, ReadLine>();
  #read: ReadLine | null = null;
  /** Used up where lines come in ever other shapes: then it is not worth it to look at them. */
  #credit = MAX_CREDIT / 4;

  /** The record in a line of this text; undefined where it is in another shape than the last one, or is no record. */
  read(text: string, start: number, end: number): JsonRecord | undefined {
    if (this.#read === null) return undefined;
    const cursor = this.#cursor;
    cursor.text = text;
    cursor.at = start;
    const record = this.#read(cursor);
    if (record === undefined || cursor.at !== end) return undefined;
    if (this.#credit < MAX_CREDIT) this.#credit += 1;
    return record;
  }

  /** Takes the shape of a line that `read` did not know, and that is a record. */
  learn(line: string): void {
    if (this.#credit <= 0) return;
    this.#credit -= MISS_COST;
    this.#read = this.#credit > 0 ? this.#readerOf(line) : null;
  }

  #readerOf(line: string): ReadLine | null {
    const shape = shapeOf(line, this.#cursor);
    if (shape === null) return null;
    const key = JSON.stringify([shape.before, shape.after]);
    let read = this.#shapes.get(key);
    if (read === undefined) {
      if (this.#shapes.size === MAX_SHAPES) return null;
      this.#shapes.set(key, (read = readerOf(shape)));
    }
    return read;
  }
}

const BEFORE_VALUE = /[\s{,]*"([^"\\]*)"\s*:\s*/y;
const AFTER_VALUES = /\s*\}\s*$/y;

/** Of a line that JSON.parse has made an object of; null where it has none that code is made for. */
function shapeOf(line: string, cursor: JsonCursor): LineShape | null {
  const names: string[] = [];
  const before: string[] = [];
  cursor.text = line;
  for (cursor.at = 0; names.length < MAX_FIELDS;) {
    const after = matchAt(AFTER_VALUES, line, cursor.at);
    // A literal's `__proto__` is no field, and of names that come twice JSON.parse takes the last.
    if (after !== null) {
      const own = new Set(names).size === names.length && !names.includes("__proto__");
      return own && names.length > 0 ? { names, before, after: after[0] } : null;
    }
    const match = matchAt(BEFORE_VALUE, line, cursor.at);
    if (match === null) return null;
    names.push(match[1]!);
    before.push(match[0]);
    cursor.at += match[0].length;
    if (cursor.value() === MISS) return null;
  }
  return null;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Straight-line code with a literal at its end: a loop that sets properties takes twice as long. */
function readerOf({ names, before, after }: LineShape): ReadLine {
  const body = `"use strict"; return (cursor) => {
${before.map((part, index) => `  if (!cursor.passes(${JSON.stringify(part)})) return undefined; const v${index} = cursor.value(); if (v${index} === MISS) return undefined;`).join("\n")}
  return cursor.passes(${JSON.stringify(after)}) ? { ${names.map((name, index) => `${JSON.stringify(name)}: v${index}`).join(", ")} } : undefined;
};`;
  return (new Function("MISS", body) as (miss: typeof MISS) => ReadLine)(MISS);
}

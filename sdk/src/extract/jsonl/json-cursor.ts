import { JsonNumber } from "../../record/json-number.ts";
import { parseExactValue } from "../../record/exact-json.ts";

/** Returned where there is no value that is read here: JSON.parse then says what there is. */
export const MISS: unique symbol = Symbol("miss");

const LF = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** So many digits are a whole number that a double holds, as it holds ten to this power: their quotient is rounded as their text is. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power);
const NUMBER_CHARACTERS = /[-+.\deE]*/y;

/** A place in text of JSON, which is read from value to value; none goes on behind the end of its line. */
export class JsonCursor {
  text = "";
  at = 0;

  /** Whether this comes next; then the place is behind it. */
  passes(part: string): boolean {
    if (!this.text.startsWith(part, this.at)) return false;
    this.at += part.length;
    return true;
  }

  /** The value of a record's field that begins here, as `parseExactRecord` has it; the place is behind it then. */
  value(): unknown {
    const first = this.text.charCodeAt(this.at);
    if (first === QUOTE) return this.#string();
    if (first === MINUS || isDigit(first)) return this.#number(first);
    if (first === OPEN_OBJECT || first === OPEN_LIST) return this.#nested();
    if (this.passes("null")) return null;
    if (this.passes("true")) return true;
    return this.passes("false") ? false : MISS;
  }

  #string(): unknown {
    const { text, at } = this;
    let end = at + 1;
    let code = text.charCodeAt(end);
    while (code !== QUOTE && code !== BACKSLASH && code >= SPACE) code = text.charCodeAt((end += 1));
    if (code === BACKSLASH) return this.#parse(stringEnd(text, end));
    if (code !== QUOTE) return MISS;
    this.at = end + 1;
    return text.substring(at + 1, end);
  }

  #number(first: number): unknown {
    const { text } = this;
    const begin = first === MINUS ? this.at + 1 : this.at;
    let at = begin;
    let digits = 0;
    let code = text.charCodeAt(at);
    while (isDigit(code)) {
      digits = digits * 10 + code - ZERO;
      code = text.charCodeAt((at += 1));
    }
    const whole = at - begin;
    // JSON has no 01, and no number without a digit before its point or behind it.
    let plain = whole === 1 || (whole > 1 && text.charCodeAt(begin) !== ZERO);
    let fraction = 0;
    if (code === POINT) {
      code = text.charCodeAt((at += 1));
      while (isDigit(code)) {
        digits = digits * 10 + code - ZERO;
        code = text.charCodeAt((at += 1));
        fraction += 1;
      }
      plain &&= fraction > 0;
    }
    if (!plain || whole + fraction > EXACT_DIGITS || (code | SPACE) === 0x65) return this.#longNumber();
    this.at = at;
    const value = fraction === 0 ? digits : digits / POWERS_OF_TEN[fraction]!;
    return first === MINUS ? -value : value;
  }

  /** With an exponent, or with more digits than a double is sure to keep. */
  #longNumber(): unknown {
    NUMBER_CHARACTERS.lastIndex = this.at;
    NUMBER_CHARACTERS.test(this.text);
    const value = this.#parse(NUMBER_CHARACTERS.lastIndex);
    return value instanceof JsonNumber ? value.text : value;
  }

  #nested(): unknown {
    const { text } = this;
    let depth = 0;
    for (let at = this.at; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = stringEnd(text, at + 1) - 1;
        if (at < 0) return MISS;
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
        depth += 1;
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
        depth -= 1;
        if (depth === 0) return this.#parse(at + 1);
      } else if (code === LF) {
        return MISS;
      }
    }
    return MISS;
  }

  #parse(end: number): unknown {
    if (end === 0) return MISS;
    try {
      const value = parseExactValue(this.text.substring(this.at, end));
      this.at = end;
      return value;
    } catch {
      return MISS;
    }
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

/** Behind the quote that ends the string in which this place is; 0 where none does. */
function stringEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (!(code >= SPACE)) return 0;
    at += code === BACKSLASH ? 2 : 1;
  }
}

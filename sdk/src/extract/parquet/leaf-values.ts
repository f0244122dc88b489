import type { SchemaElement } from "hyparquet";
import { parseExactValue } from "../../record/exact-json.ts";
import { dayText, momentText, timeText, type Unit } from "./moments.ts";

/** A value that is none of its column's type. */
export class Unreadable {
  readonly code: string;
  readonly reason: string;
  readonly #shown: string;

  constructor(code: string, reason: string, shown: string) {
    this.code = code;
    this.reason = reason;
    this.#shown = shown;
  }

  toJSON(): string {
    return this.#shown;
  }
}

/** Makes a value of ours of what is stored; null and undefined are not given to it. */
export type LeafValue = (stored: never) => unknown;

/**
 * What becomes of a leaf column's stored values, undefined where they are good as they are. What the file says of their type
 * is taken out of the schema's element, so that the reader leaves them alone: it makes doubles of decimals and Dates of times.
 * `onUnreadable` is told of each value that is none of its type.
 */
export function takeLeafValue(element: SchemaElement, onUnreadable: () => void): LeafValue | undefined {
  const { converted_type: converted, logical_type: logical, type } = element;
  const asStored = <Value extends LeafValue>(value: Value): Value => {
    delete element.converted_type;
    delete element.logical_type;
    return value;
  };
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") {
    const scale = (logical?.type === "DECIMAL" ? logical.scale : element.scale) ?? 0;
    return asStored((stored: Stored) => decimalText(stored, scale));
  }
  if (logical?.type === "TIMESTAMP") {
    const { unit, isAdjustedToUTC } = logical;
    return asStored(moments(unit, isAdjustedToUTC));
  }
  if (converted === "TIMESTAMP_MILLIS") return asStored(moments("MILLIS", true));
  if (converted === "TIMESTAMP_MICROS") return asStored(moments("MICROS", true));
  if (type === "INT96") return asStored(moments("NANOS", true)); // which the reader makes of its two parts
  if (logical?.type === "TIME") {
    const { unit } = logical;
    return asStored((stored: Stored) => timeText(stored as bigint, unit));
  }
  if (converted === "TIME_MILLIS") return asStored((stored: Stored) => timeText(stored as number, "MILLIS"));
  if (converted === "TIME_MICROS") return asStored((stored: Stored) => timeText(stored as bigint, "MICROS"));
  if (logical?.type === "DATE" || converted === "DATE") return asStored(dayText);
  if (converted === "INTERVAL" || logical?.type === "INTERVAL") return asStored(intervalText);
  if (converted === "BSON" || logical?.type === "BSON") return asStored((stored: Stored) => stored);
  if (converted === "JSON" || logical?.type === "JSON") {
    asStored(dayText);
    element.converted_type = "UTF8";
    return (stored: string | Unreadable) => {
      const value = jsonValue(stored);
      if (value instanceof Unreadable) onUnreadable();
      return value;
    };
  }
  if (converted === "ENUM" || logical?.type === "ENUM") element.converted_type = "UTF8";
  return undefined;
}

type Stored = number | bigint | Uint8Array;

function moments(unit: Unit, utc: boolean): LeafValue {
  return (stored: number | bigint) => (utc ? `${momentText(stored, unit)}Z` : momentText(stored, unit));
}

/** All digits, and as many behind the point as the type has. */
function decimalText(stored: Stored, scale: number): string {
  if (scale > 0 && typeof stored === "number") return pointed(String(Math.abs(stored)), stored < 0, scale);
  const unscaled = stored instanceof Uint8Array ? signed(stored) : BigInt(stored);
  const number = Number(unscaled);
  if (scale > 0 && Number.isSafeInteger(number)) return pointed(String(Math.abs(number)), number < 0, scale);
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  return pointed(String(unscaled < 0n ? -unscaled : unscaled), unscaled < 0n, scale);
}

function pointed(unscaled: string, negative: boolean, scale: number): string {
  const digits = unscaled.length > scale ? unscaled : unscaled.padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Of two's complement, the highest byte first. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}

function intervalText(stored: Uint8Array): string {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const [months, days, millis] = [0, 4, 8].map((at) => view.getUint32(at, true));
  return `${months} mons ${days} days ${millis} milliseconds`;
}

function jsonValue(stored: string | Unreadable): unknown {
  if (stored instanceof Unreadable) return stored;
  try {
    return parseExactValue(stored);
  } catch (error) {
    return new Unreadable("JSON_SYNTAX", error instanceof Error ? error.message : String(error), stored);
  }
}

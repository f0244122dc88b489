import { JsonNumber } from "./json-number.ts";

/** What a value was that JSON does not have. */
type ValueType = "bigint" | "number" | "float" | "bytes" | "date" | "undefined";

/** The type of a value, or those of its parts by their names; null where JSON has it. */
export type ValueTypes = ValueType | { readonly [name: string]: ValueTypes };

/** The types of what JSON does not have in a value that comes of JSON otherwise; null where it has all of it. */
export function valueTypes(value: unknown): ValueTypes | null {
  const own = ownType(value);
  if (own !== undefined) return own;
  let types: Record<string, ValueTypes> | null = null;
  const parts = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(parts)) {
    const part = valueTypes(parts[name]);
    // Without a prototype, so that `__proto__` is a name as any other.
    if (part !== null) (types ??= Object.create(null) as Record<string, ValueTypes>)[name] = part;
  }
  return types;
}

/** JSON in which values that it does not have are text that a person can read. */
export function shownJson(whole: unknown): string {
  return JSON.stringify(whole, function (this: Readonly<Record<string, unknown>>, name, given: unknown) {
    return shownValue(this[name], given);
  });
}

function shownValue(value: unknown, given: unknown): unknown {
  switch (ownType(value)) {
    case "bigint":
    case "number":
      return String(value);
    case "float":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bytes": {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      return `\\x${Buffer.from(buffer, byteOffset, byteLength).toString("hex")}`;
    }
    default:
      return given;
  }
}

/** The value that was shown so. What is not as its type shows it has been changed by hand, and stays what it is. */
export function restoredValue(shown: unknown, types: ValueTypes): unknown {
  if (typeof types === "string") return restored(shown, types);
  if (typeof shown !== "object" || shown === null) return shown;
  for (const [name, type] of Object.entries(types)) {
    const value = restoredValue((shown as Record<string, unknown>)[name], type);
    Object.defineProperty(shown, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return shown;
}

function restored(shown: unknown, type: ValueType): unknown {
  if (type === "undefined") return shown === null ? undefined : shown;
  if (type === "date") return typeof shown === "string" || shown === null ? new Date(shown ?? Number.NaN) : shown;
  if (typeof shown !== "string") return shown;
  switch (type) {
    case "bigint":
      return /^-?\d+$/.test(shown) ? BigInt(shown) : shown;
    case "number":
      return new JsonNumber(shown);
    case "float":
      return FLOATS.get(shown) ?? shown;
    case "bytes":
      return new Uint8Array(Buffer.from(shown.slice("\\x".length), "hex"));
  }
}

const FLOATS: ReadonlyMap<string, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0].map((value) => [
    Object.is(value, -0) ? "-0" : String(value),
    value,
  ]),
);

/** The value's own type, null where JSON has it whole; undefined where its parts are to be looked at. */
function ownType(value: unknown): ValueType | null | undefined {
  switch (typeof value) {
    case "bigint":
      return "bigint";
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? null : "float";
    case "undefined":
      return "undefined";
    case "object":
      return value === null ? null : objectType(value);
    default:
      return null;
  }
}

function objectType(value: object): ValueType | null | undefined {
  if (value instanceof JsonNumber) return "number";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Date) return "date";
  // What says itself what it is in JSON.
  return typeof (value as { readonly toJSON?: unknown }).toJSON === "function" ? null : undefined;
}

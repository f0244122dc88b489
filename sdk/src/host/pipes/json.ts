/** A JSON value as it travels between a launcher and an operator. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON value in which integers of any size keep their digits. */
export type ExactJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

// Python's JSON reader gives up near 1,000 levels, and Dagster takes several of its own for each.
const maxDepth = 100;

/**
 * Whatever a program holds, as JSON that any reader takes: dates as ISO strings, bytes as base64, maps and sets as
 * objects and arrays, NaN and the infinities as their names, lone surrogates replaced, cycles and levels below the
 * hundredth as a remark. Functions and undefined are left out.
 */
export function toJson(value: unknown): ExactJson {
  return convert(value, []) ?? null;
}

/** The text of a value, in ASCII: it can be cut anywhere, read with any encoding, and its length is its size in bytes. */
export function encodeJson(value: unknown): string {
  return escapeNonAscii(stringify(value));
}

/** A number that the reader must take for a float, also where it is whole. */
export function floatLiteral(value: number): unknown {
  const digits = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(digits) ? value : JSON.rawJSON(`${digits}.0`);
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The replacer costs several times the plain call, so it is kept for values that do hold a bigint.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "bigint" ? JSON.rawJSON(String(inner)) : inner,
    );
  }
}

function escapeNonAscii(text: string): string {
  return /[^\0-\x7e]/.test(text)
    ? text.replace(/[^\0-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;
}

/** `parents` are the objects that are being converted, outermost first. */
function convert(value: unknown, parents: object[]): ExactJson | undefined {
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
    case "bigint":
      return value;
    case "object":
      return value === null ? null : convertObject(value, parents);
    default:
      return undefined;
  }
}

function convertObject(value: object, parents: object[]): ExactJson | undefined {
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= maxDepth) return "[deeper levels trimmed]";
  parents.push(value);
  try {
    if (Array.isArray(value)) return convertItems(value, parents);
    if ("toJSON" in value || !isPlain(value)) return convertSpecial(value, parents);
    return convertFields(Object.entries(value), parents);
  } finally {
    parents.pop();
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function convertSpecial(value: object, parents: object[]): ExactJson | undefined {
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Map) return convertFields(value, parents);
  if (value instanceof Set) return convertItems([...value], parents);
  if (value instanceof Error) return `${value.name}: ${value.message}`.toWellFormed();
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    return convert(value.valueOf(), parents);
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return convert(value.toJSON(), parents);
  return convertFields(Object.entries(value), parents);
}

function convertItems(items: readonly unknown[], parents: object[]): ExactJson {
  return Array.from(items, (item) => convert(item, parents) ?? null);
}

function convertFields(fields: Iterable<readonly [unknown, unknown]>, parents: object[]): ExactJson {
  const result: Record<string, ExactJson> = {};
  for (const [key, item] of fields) {
    const value = convert(item, parents);
    if (value === undefined) continue;
    const name = String(key).toWellFormed();
    // An assignment to this name would set the prototype, and lose the value.
    if (name === "__proto__") Object.defineProperty(result, name, { value, enumerable: true });
    else result[name] = value;
  }
  return result;
}

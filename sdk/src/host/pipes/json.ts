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
  return convert(value, [], "") ?? null;
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

function convert(value: unknown, parents: readonly object[], key: string): ExactJson | undefined {
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
    case "bigint":
      return value;
    case "object":
      return value === null ? null : convertObject(value, parents, key);
    default:
      return undefined;
  }
}

function convertObject(value: object, parents: readonly object[], key: string): ExactJson | undefined {
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= maxDepth) return "[deeper levels trimmed]";
  const inside = [...parents, value];
  if (Array.isArray(value)) return value.map((item, at) => convert(item, inside, String(at)) ?? null);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Map)
    return convertEntries(
      [...value].map(([name, item]) => [String(name), item]),
      inside,
    );
  if (value instanceof Set) return [...value].map((item, at) => convert(item, inside, String(at)) ?? null);
  if (value instanceof Error) return `${value.name}: ${value.message}`.toWellFormed();
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return convert(value.valueOf(), parents, key);
  if ("toJSON" in value && typeof value.toJSON === "function") return convert(value.toJSON(key), inside, key);
  return convertEntries(Object.entries(value), inside);
}

function convertEntries(entries: readonly (readonly [string, unknown])[], parents: readonly object[]): ExactJson {
  const converted: [string, ExactJson][] = [];
  for (const [name, item] of entries) {
    const value = convert(item, parents, name);
    if (value !== undefined) converted.push([name.toWellFormed(), value]);
  }
  return Object.fromEntries(converted);
}

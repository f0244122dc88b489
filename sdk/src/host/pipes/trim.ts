import { FatalError } from "../../errors/millrace-error.ts";
import { encodeJson, type ExactJson } from "./json.ts";

/** How much of a value is kept when its message would be too long. */
export interface TrimLimits {
  readonly maxText: number;
  readonly maxItems: number;
}

const widest: TrimLimits = { maxText: 800_000, maxItems: 16_384 };

/**
 * The value with as much kept as fits into `maxBytes`, by halving the limits until it does. Raises
 * PIPES_MESSAGE_TOO_LONG where it never does.
 */
export function trimToFit<T>(value: T, maxBytes: number, trim: (value: T, limits: TrimLimits) => T): T {
  if (encodeJson(value).length <= maxBytes) return value;
  for (let { maxText, maxItems } = widest; maxText > 50; maxText /= 2, maxItems = Math.max(1, maxItems / 2)) {
    const trimmed = trim(value, { maxText: Math.floor(maxText), maxItems: Math.floor(maxItems) });
    if (encodeJson(trimmed).length <= maxBytes) return trimmed;
  }
  throw new FatalError("PIPES_MESSAGE_TOO_LONG", `A message would be longer than ${maxBytes} bytes`, {
    fix: "Send it in several messages, or write the data to a file and send its path",
  });
}

/** The beginning of the text, and how long it was. */
export function trimText(text: string, maxText: number): string {
  if (text.length <= maxText) return text;
  return `${text.slice(0, maxText).toWellFormed()}… [trimmed, ${text.length} characters in all]`;
}

/** Long texts cut; arrays and objects are left as they are, since whoever reads them relies on their shape. */
export function trimTexts(value: ExactJson, { maxText }: TrimLimits): ExactJson {
  return trimJson(value, { maxText, maxItems: Number.POSITIVE_INFINITY });
}

/** Long texts cut, and the ends of long arrays and objects, each with a word that it was. */
export function trimJson(value: ExactJson, limits: TrimLimits): ExactJson {
  if (typeof value === "string") return trimText(value, limits.maxText);
  if (typeof value !== "object" || value === null) return value;
  if (isArray(value)) {
    const kept = value.slice(0, limits.maxItems).map((item) => trimJson(item, limits));
    return kept.length < value.length ? [...kept, `… [trimmed, ${value.length} items in all]`] : kept;
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, limits.maxItems).map(([key, item]) => [key, trimJson(item, limits)] as const);
  return Object.fromEntries(
    kept.length < entries.length ? [...kept, ["…", `[trimmed, ${entries.length} fields in all]`]] : kept,
  );
}

function isArray(value: object): value is readonly ExactJson[] {
  return Array.isArray(value);
}

/** The text in parts of at most `maxText` characters, none of them cut through a surrogate pair. */
export function splitText(text: string, maxText: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + maxText, text.length);
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to--;
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

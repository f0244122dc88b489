import { z } from "zod";
import { fieldType } from "./field-type.ts";

/** A schema for a field that arrives as text; add `.nullable()` where null may be. */
export type TextField<Value> = z.ZodPipe<z.ZodString, z.ZodTransform<Value, string>>;

type Convert = (text: string) => unknown;

const conversions = new WeakMap<z.ZodType, Convert>();

/** What a schema made by `text` does, without zod around it: undefined where the text is no such value. */
export function textConversion(schema: z.ZodType): Convert | undefined {
  return conversions.get(schema);
}

function field<Value>(
  sqlType: string,
  toValue?: (canonical: string) => Value | undefined,
  problem?: string,
): TextField<Value> {
  const type = fieldType(sqlType);
  const convert = (text: string): Value | undefined => {
    const canonical = type.canonical(text);
    return canonical === undefined ? undefined : toValue === undefined ? (canonical as Value) : toValue(canonical);
  };
  const schema = z.string().transform((text, context) => {
    const value = convert(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: problem ?? type.problem });
    return z.NEVER;
  });
  conversions.set(schema, convert);
  return schema;
}

function safeInteger(canonical: string): number | undefined {
  const value = Number(canonical);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Schemas for fields that arrive as text, as from CSV. Unlike `z.coerce.number()`, which makes 0 of "" and of null,
 * these take nothing but text that is a value.
 */
export const text = {
  /** A whole number from -2^53+1 to 2^53-1. */
  integer: (): TextField<number> => field("bigint", safeInteger, "not a whole number below 2^53"),
  /** A whole number of 64 bits. */
  bigint: (): TextField<bigint> => field("bigint", BigInt),
  /** A number as a double: for measurements. */
  number: (): TextField<number> => field("double precision", Number),
  /** A number that keeps its digits, as text: for money. */
  decimal: (): TextField<string> => field("numeric"),
  /** As PostgreSQL reads it: t, true, yes, y, 1, on and their opposites, in any case. */
  boolean: (): TextField<boolean> => field("boolean", (canonical) => canonical === "t"),
  /** A day, `2013-01-31`. */
  date: (): TextField<string> => field("date"),
  /** A moment, ISO 8601 or as PostgreSQL writes it, with `Z` or an offset; stays text, so that its microseconds do. */
  timestamp: (): TextField<string> => field("timestamp with time zone"),
  /** Local date and time without a zone. */
  localTimestamp: (): TextField<string> => field("timestamp"),
  /** In lower case. */
  uuid: (): TextField<string> => field("uuid"),
} as const;

import { z } from "zod";

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const TRUE = new Set(["t", "true", "yes", "y", "1", "on"]);
const FALSE = new Set(["f", "false", "no", "n", "0", "off"]);

/**
 * Schemas for fields that arrive as text, as from CSV. Unlike `z.coerce.number()`, which makes 0 of "" and of null,
 * these take nothing but text that is a value; add `.nullable()` where null may be.
 */
export const text = {
  /** A whole number from -2^53+1 to 2^53-1. */
  integer: () =>
    z
      .string()
      .regex(INTEGER, "not a whole number")
      .transform(Number)
      .refine(Number.isSafeInteger, "beyond 2^53: use text.bigint()"),
  bigint: () => z.string().regex(INTEGER, "not a whole number").transform(BigInt),
  /** A number as a double: for measurements. */
  number: () => z.string().regex(DECIMAL, "not a number").transform(Number).refine(Number.isFinite, "too large for a double"),
  /** A number that keeps its digits, as text: for money. */
  decimal: () => z.string().regex(DECIMAL, "not a number"),
  /** As PostgreSQL reads it: t, true, yes, y, 1, on and their opposites, in any case. */
  boolean: () =>
    z
      .string()
      .transform((value) => value.toLowerCase())
      .refine((value) => TRUE.has(value) || FALSE.has(value), "neither true nor false")
      .transform((value) => TRUE.has(value)),
  /** A day, `2013-01-31`. */
  date: () => z.iso.date(),
  /** A moment, ISO 8601 with `Z` or an offset; stays text, so that its microseconds do. */
  timestamp: () => z.iso.datetime({ offset: true }),
  /** Local date and time without a zone, ISO 8601. */
  localTimestamp: () => z.iso.datetime({ local: true }).refine((value) => !/(Z|[+-]\d\d:?\d\d)$/.test(value), "has a time zone"),
} as const;

import { UsageError } from "../command-error.ts";

/** A whole number from 1. Raises UsageError USAGE. */
export function atLeastOne(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError("USAGE", `"${text}" is no number from 1`, { fix: "Give a whole number" });
  }
  return number;
}

import { RecordError } from "../../errors/millrace-error.ts";
import { parseExactValue } from "../../record/exact-json.ts";
import type { ChangedValues } from "./change-event.ts";

/** What changes are told of with: raise RecordError CHANGE_EVENT where it is of another form. */
export type Values = Readonly<Record<string, unknown>>;

export function optionalValues(value: unknown, field: string): ChangedValues | null {
  if (value === null || value === undefined) return null;
  return valuesOf(typeof value === "string" ? parsedText(value, field) : value, field);
}

export function valuesOf(value: unknown, field: string): Values {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Values;
  throw noChange(`"${field}" is no object`, field);
}

export function parsedText(text: string, field?: string): unknown {
  try {
    return parseExactValue(text);
  } catch {
    throw noChange(`"${field ?? "it"}" is no JSON`, field);
  }
}

export function noChange(what: string, field: string | undefined): RecordError {
  return new RecordError(
    "CHANGE_EVENT",
    `No change can be made of the record: ${what}`,
    field === undefined ? {} : { field },
  );
}

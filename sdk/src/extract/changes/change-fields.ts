import { CHANGE_WORDS } from "../../record/change-words.ts";
import type { ChangeEvent } from "./change-event.ts";
import { noChange, optionalValues, type Values } from "./change-values.ts";

export interface ChangeFieldsOptions {
  /** The field that says what was done: insert, update, delete, truncate, or their first letters. Default `operation`. */
  readonly operation?: string;
  /** The row, of a deletion its key; an object, or JSON text. Default `data`. */
  readonly data?: string;
  /** The row as it was, if it is given. Default `before`. */
  readonly before?: string;
  /** Default `sequence`. */
  readonly sequence?: string;
  /** When, as an ISO string. Default `at`. */
  readonly at?: string;
}

/** A change of whatever other form, by the names of its fields. Raises RecordError CHANGE_EVENT. */
export function changeFields(record: Values, options: ChangeFieldsOptions = {}): ChangeEvent {
  const { operation = "operation", data = "data", before = "before", sequence = "sequence", at = "at" } = options;
  const word = CHANGE_WORDS.get(String(record[operation]).toLowerCase());
  if (word === undefined) throw noChange(`"${operation}" is ${JSON.stringify(record[operation])}`, operation);
  const place = record[sequence];
  if (place === undefined || place === null) throw noChange(`"${sequence}" is missing`, sequence);
  const row = optionalValues(record[data], data);
  if (row === null && word !== "truncate") throw noChange(`"${data}" is missing`, data);
  const moment = record[at];
  return {
    operation: word,
    before: optionalValues(record[before], before) ?? (word === "delete" ? row : null),
    after: word === "delete" ? null : row,
    sequence: String(place as string | number | bigint),
    at: typeof moment === "string" ? moment : null,
  };
}

/**
 * An object of JSON. A number that a JavaScript number would change is a bigint where it is whole, else its text; within
 * nested values it is a bigint or a `JsonNumber`, and a json column gets it to the last digit.
 */
export type JsonRecord = Readonly<Record<string, unknown>>;

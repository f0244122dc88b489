export type ChangeWord = "insert" | "update" | "delete" | "truncate";

/** What sources call what was done to a row, in lower case. */
export const CHANGE_WORDS: ReadonlyMap<string, ChangeWord> = new Map([
  ["insert", "insert"],
  ["i", "insert"],
  ["create", "insert"],
  ["upsert", "insert"],
  ["update", "update"],
  ["u", "update"],
  ["delete", "delete"],
  ["d", "delete"],
  ["truncate", "truncate"],
  ["t", "truncate"],
]);

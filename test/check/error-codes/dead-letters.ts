import type { ErrorSection } from "./error-section.ts";

export const deadLetters: ErrorSection = {
  title: "Dead letters",
  note: "The codes in `millrace.dead_letters`: what each says of its record. Whatever the fix, `millrace failures replay` loads the records after it ([dead-letters.md](dead-letters.md)).",
  errors: [
    {
      codes: ["SCHEMA"],
      cause: "does not fit the record's schema; field and reason say where and why",
      fix: "mend the source, or let the schema take it",
    },
    {
      codes: ["REJECTED"],
      cause: "was rejected by the operator's transform, unless that gave a code of its own",
      fix: "the reason is the operator's",
    },
    {
      codes: ["CSV_FIELDS", "CSV_QUOTE"],
      cause: "is no record: too few or many fields, a broken quote",
      fix: "look at the line; is the `delimiter` right?",
    },
    {
      codes: ["JSON_SYNTAX"],
      cause: "is a line, or a column of JSON, that is no JSON",
      fix: "look at the line: its file may be cut off",
    },
    {
      codes: ["JSON_RECORD"],
      cause: "is JSON, and no object",
      fix: "look whether `records` points at the objects, or the file has one a line",
    },
    {
      codes: ["JSON_TOO_LONG"],
      cause: "is a line longer than `maxRecordBytes`",
      fix: "raise it, where such records are meant",
    },
    {
      codes: ["INVALID_UTF8", "INVALID_ENCODING"],
      cause: "has bytes that its file's encoding has no character for",
      fix: "name the file's `encoding`; else the operator's `text`",
    },
    {
      codes: ["NOT_NULL"],
      cause: "has null where the column, or the key, takes none",
      fix: "mend the source, or give a default in `transform`",
    },
    { codes: ["NUMBER_RANGE"], cause: "has a number that the column does not take", fix: "widen the column" },
    {
      codes: ["TEXT_NUL", "TEXT_SURROGATE"],
      cause: "has text that PostgreSQL can not store",
      fix: '`text: "replace"` or `"strip"` on the operator',
    },
    {
      codes: ["TEXT_LENGTH"],
      cause: "has a text that is longer than its column",
      fix: "widen the column, or `text` as above",
    },
    { codes: ["DATE_INVALID"], cause: "has an invalid `Date`", fix: "look where `transform` makes it" },
    {
      codes: ["UNIQUE", "EXCLUSION"],
      cause: "has a value that another row has, or excludes; the reason names the constraint",
      fix: "load with `upsert` by that key, or mend the source",
    },
    {
      codes: ["FOREIGN_KEY"],
      cause: "refers to a row that is not there",
      fix: "load that table first (`dependsOn`), then replay",
    },
    {
      codes: ["CHECK"],
      cause: "breaks a CHECK of the table; the reason names it",
      fix: "mend the source, or the CHECK",
    },
    {
      codes: ["SERVER_…"],
      cause: "was refused by PostgreSQL with this SQLSTATE, of class 22 or 23",
      fix: "the reason is the server's",
    },
    {
      codes: ["OUTSIDE_PARTITION"],
      cause: "belongs to another partition",
      fix: "look whether the file is of this one; `filter` it in `transform` where that is meant",
    },
    {
      codes: ["SEQUENCE"],
      cause: "is a change whose sequence can not be compared",
      fix: "give each change a `sequence` of the column's type",
    },
    {
      codes: ["CHANGE_EVENT"],
      cause: "is no change: no operation, no place in the log, no row",
      fix: "correct the names of its fields",
    },
    {
      codes: ["CHANGE_OPERATION"],
      cause: "is a change that is neither insert, update, upsert nor delete",
      fix: "name its operations as the source does",
    },
  ],
};

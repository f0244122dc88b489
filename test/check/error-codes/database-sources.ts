import type { ErrorSection } from "./error-section.ts";

export const databaseSources: ErrorSection = {
  title: "Databases as sources",
  errors: [
    {
      codes: ["SOURCE_URL_MISSING"],
      cause: "the variable that names a source's database is not set",
      fix: "set it to the source's URL",
    },
    {
      codes: ["SOURCE_TABLE"],
      cause: "the source has no such table or view",
      fix: "check its name and schema, and that the role may see it",
    },
    {
      codes: ["SOURCE_BUSY"],
      cause: "transactions have been writing to a table that is read by number for a minute; may pass",
      fix: "look at them in `pg_stat_activity`, or `ascending(…, { horizon: false })`",
    },
    {
      codes: ["WATERMARK"],
      cause: "the source can not be read in the order of its watermark; the message says why",
      fix: "choose a column that grows and is not null, and a `key`",
    },
    {
      codes: ["HORIZON"],
      cause: "the role can not see whether transactions still run that would add older rows",
      fix: "`GRANT pg_read_all_stats` to it and read the primary, or `horizon: false` with a lag",
    },
    {
      codes: ["CURSOR_FOREIGN"],
      cause: "the last run was read in another order",
      fix: "go back to its watermark and key, or remove its line in `millrace.checkpoints`",
    },
    {
      codes: ["REPLICATION"],
      cause:
        "a source's changes can not be read: it does not log them, publishes no such table, or the slot is another's",
      fix: "the message says what to execute there",
    },
    {
      codes: ["SLOT_LOST"],
      cause: "the replication slot is gone, was read by another, or was given up by the server: changes are missing",
      fix: "remove the operator's line in `millrace.checkpoints`; the next run loads the table anew",
    },
    {
      codes: ["SLOT_BUSY"],
      cause: "another reads the slot at the moment; may pass",
      fix: "give each operator a slot of its own",
    },
  ],
};

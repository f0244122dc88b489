import type { ErrorSection } from "./error-section.ts";

export const loading: ErrorSection = {
  title: "Loading",
  errors: [
    {
      codes: ["SOURCE_CHANGED"],
      cause: "an append was interrupted, or is finished, and its source has changed since",
      fix: "use `deleteInsert` or `upsert` for a source that changes",
    },
    {
      codes: ["APPEND_REPEATS"],
      cause: "the source may give a row more than once (a lag, an inclusive bound), and `append` would double it",
      fix: "load it with `upsert`",
    },
    {
      codes: ["ORDER_COLUMN"],
      cause: "rows do not give the column that `upsert` is ordered by",
      fix: "give it in every row",
    },
    {
      codes: ["TOO_MANY_REJECTS"],
      cause: "more bad records than `rejects` allows; they are kept",
      fix: "look at `millrace.dead_letters`",
    },
    {
      codes: ["REPLACE_TOO_SMALL", "REPLACE_SHRANK"],
      cause: "the source of a full refresh is empty, or far smaller than the table",
      fix: "look at the source; else `minRows`, `maxShrink`",
    },
    {
      codes: ["REPLACE_REFERENCED"],
      cause: "rows can not be updated, nor deleted and inserted again: a foreign key would follow, or forbids it",
      fix: "mend the source; `ON DELETE NO ACTION`, or `DEFERRABLE` on a unique constraint",
    },
    {
      codes: ["SWAP_CHANGED", "SWAP_DEPENDANTS"],
      cause: "the table was altered, or something came to depend on it, while the one that was to replace it was built",
      fix: "run again; else `replace` without `swap`",
    },
    {
      codes: ["SWAP_DIFFERS"],
      cause: "the new table would lack something that the old one has; it is kept",
      fix: "`replace` without `swap`; please report it",
    },
    {
      codes: ["ROW_UNKNOWN_KEY"],
      cause: "rows have a property that is no column",
      fix: "leave it out, or add the column",
    },
    {
      codes: ["COLUMN_SOMETIMES_GIVEN"],
      cause: "some rows give a column that has a default, some do not",
      fix: "give it always or never",
    },
    {
      codes: ["ACCOUNTS"],
      cause: "records read and accounted for differ; nothing was committed",
      fix: "a bug: please report it",
    },
    {
      codes: ["QUERY_CHANGES"],
      cause: "`applyChanges` was given a query, which has rows and no changes",
      fix: "load them with `upsert`",
    },
    {
      codes: ["UNIQUE_SWAP"],
      cause:
        "changes exchange a unique value between rows, and a foreign key would follow or forbid the deletion that this takes",
      fix: "`DEFERRABLE` on the unique constraint, or `ON DELETE NO ACTION` on the foreign key",
    },
    {
      codes: ["REPLAY_STRATEGY", "REPLAY_CONFLICT"],
      cause: "dead letters that can not be replayed so",
      fix: "see [dead-letters.md](dead-letters.md)",
    },
    { codes: ["PARQUET_MISSING"], cause: "`hyparquet-writer` is not installed", fix: "install it beside the sdk" },
    {
      codes: ["CHECKPOINT_STORE", "CHECKPOINT_VALUE", "CHECKPOINT_DAMAGED"],
      cause: "a file checkpoint can not be written, is no JSON, or both its generations are damaged",
      fix: "the message names the file",
    },
    {
      codes: ["CHECKPOINT_INVALID"],
      cause: "the checkpoint of an incremental source is of another kind of source",
      fix: "remove the partition's line in `millrace.checkpoints`, or rename the operator",
    },
  ],
};

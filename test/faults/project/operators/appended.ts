import { append, csv, daily, defineOperator, tableRecord } from "@millrace/sdk";
import { chunks, config, fileOf, timeouts } from "../items.ts";
import { appended } from "../tables.ts";

/** Rows stay bytes. */
export default defineOperator({
  name: "appended",
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  config,
  chunks,
  timeouts,
  extract: ({ config: { file }, partition }) => csv(fileOf(file, partition)),
  record: tableRecord(appended),
  target: appended,
  load: append(),
});

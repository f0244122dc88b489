import { append, csv, defineOperator, tableRecord } from "@millrace/sdk";
import { chunks, config } from "../items.ts";
import { appended } from "../tables.ts";

/** Rows stay bytes. */
export default defineOperator({
  name: "appended",
  config,
  chunks,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(appended),
  target: appended,
  load: append(),
});

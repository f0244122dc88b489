import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { chunks, config } from "../items.ts";
import { upserted } from "../tables.ts";

/** Rows stay bytes, and each has a hash. */
export default defineOperator({
  name: "upserted",
  config,
  chunks,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(upserted),
  target: upserted,
  load: upsert({ key: upserted.id, hash: upserted.rowHash }),
});

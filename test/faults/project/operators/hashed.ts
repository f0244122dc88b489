import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { chunks, config, timeouts } from "../items.ts";
import { hashed } from "../tables.ts";

/** Rows stay bytes, and each has a hash. */
export default defineOperator({
  name: "hashed",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: tableRecord(hashed),
  target: hashed,
  load: upsert({ key: hashed.id, hash: hashed.rowHash }),
});

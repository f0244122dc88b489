import { csv, defineOperator, tableRecord, upsert } from "@millrace/sdk";
import { config } from "../items.ts";
import { hashed } from "../tables.ts";

export default defineOperator({
  name: "hashed",
  config,
  chunks: { maxRows: 1000 },
  extract: ({ config: { folder } }) => csv(`${folder}/all.csv`),
  record: tableRecord(hashed),
  target: hashed,
  load: upsert({ key: hashed.id, hash: hashed.row_hash }),
});

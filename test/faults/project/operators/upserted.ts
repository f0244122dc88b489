import { csv, defineOperator, upsert } from "@millrace/sdk";
import { chooseItem, chunks, config, item, timeouts } from "../items.ts";
import { upserted } from "../tables.ts";

export default defineOperator({
  name: "upserted",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: item,
  transform: chooseItem,
  target: upserted,
  load: upsert({ key: upserted.id }),
});

import { csv, defineOperator, replace } from "@millrace/sdk";
import { chooseItem, chunks, config, item, timeouts } from "../items.ts";
import { replaced } from "../tables.ts";

export default defineOperator({
  name: "replaced",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: item,
  transform: chooseItem,
  target: replaced,
  load: replace(),
});

import { csv, defineOperator, replace } from "@millrace/sdk";
import { chooseItem, chunks, config, item, timeouts } from "../items.ts";
import { swapped } from "../tables.ts";

export default defineOperator({
  name: "swapped",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: item,
  transform: chooseItem,
  target: swapped,
  load: replace({ swap: true }),
});

import { csv, defineOperator, replace } from "@millrace/sdk";
import { config, item } from "../items.ts";
import { swapped } from "../tables.ts";

export default defineOperator({
  name: "swapped",
  config,
  extract: ({ config: { folder } }) => csv(`${folder}/all.csv`),
  record: item,
  target: swapped,
  load: replace({ swap: true }),
});

import { csv, defineOperator, replace } from "@millrace/sdk";
import { config, item } from "../items.ts";
import { refreshed } from "../tables.ts";

export default defineOperator({
  name: "refreshed",
  config,
  extract: ({ config: { folder } }) => csv(`${folder}/all.csv`),
  record: item,
  target: refreshed,
  load: replace(),
});

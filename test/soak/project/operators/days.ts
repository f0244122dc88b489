import { csv, daily, defineOperator, deleteInsert } from "@millrace/sdk";
import { config, item } from "../items.ts";
import { days } from "../tables.ts";

export default defineOperator({
  name: "days",
  partitions: daily({ start: "2024-01-01", end: "2024-01-13" }),
  config,
  extract: ({ config: { folder }, partition }) => csv(`${folder}/${partition.key}.csv`),
  record: item,
  target: days,
  load: deleteInsert({ partitionBy: days.day }),
});

import { csv, daily, defineOperator, deleteInsert } from "@millrace/sdk";
import { chooseItem, chunks, config, fileOf, item, timeouts } from "../items.ts";
import { partitioned } from "../tables.ts";

export default defineOperator({
  name: "partitioned",
  partitions: daily({ start: "2024-01-01", end: "2024-02-01" }),
  config,
  chunks,
  timeouts,
  extract: ({ config: { file }, partition }) => csv(fileOf(file, partition)),
  record: item,
  transform: chooseItem,
  target: partitioned,
  load: deleteInsert({ partitionBy: partitioned.day }),
});

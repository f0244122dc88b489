import { upsert } from "@millrace/sdk";
import { csvToTable } from "@millrace/operators";
import { airlines } from "../tables.ts";

export default csvToTable({
  name: "airlines",
  description: "Carriers by their two-letter code.",
  group: "reference",
  path: "data/airlines.csv.gz",
  target: airlines,
  load: upsert({ key: airlines.carrier }),
});

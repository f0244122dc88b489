import { upsert } from "@millrace/sdk";
import { csvToTable } from "@millrace/operators";
import { airports } from "../tables.ts";

export default csvToTable({
  name: "airports",
  description: "Airports by their FAA code, with place and time zone.",
  group: "reference",
  path: "data/airports.csv.gz",
  nullText: "NA",
  target: airports,
  load: upsert({ key: airports.faa }),
});

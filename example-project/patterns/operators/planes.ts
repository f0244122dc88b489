import { upsert } from "@millrace/sdk";
import { csvToTable } from "@millrace/operators";
import { planes } from "../tables.ts";

export default csvToTable({
  name: "planes",
  description: "Upsert by row hash: what is known and unchanged is not even sent.",
  path: "../data/planes.csv.gz",
  nullText: "NA",
  target: planes,
  load: upsert({ key: planes.tailnum, hash: planes.rowHash }),
});

import { replace } from "@millrace/sdk";
import { csvToTable } from "@millrace/operators";
import { planes } from "../tables.ts";

export default csvToTable({
  name: "planes",
  description: "The FAA's aircraft registry, replaced as a whole.",
  group: "reference",
  path: "data/planes.csv.gz",
  nullText: "NA",
  target: planes,
  load: replace({ minRows: 1000 }),
});

import { replace } from "@millrace/sdk";
import { csvToTable } from "@millrace/operators";
import { airports } from "../tables.ts";

export default csvToTable({
  name: "airports",
  description: "Full refresh: a new table takes the old one's name, and readers never see a part of it.",
  path: "../data/airports.csv.gz",
  target: airports,
  load: replace({ minRows: 1000, maxShrink: 0.1, swap: true }),
});

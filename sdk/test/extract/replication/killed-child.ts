import { runOperator } from "@millrace/sdk/testing";
import { notesOperator } from "./replicated.ts";

// Replicates notes and kills itself after so many events: `killed-child.ts SOURCE_URL TARGET_URL SLOT EVENTS`.
const [, , database = "", databaseUrl = "", slot = "", events = ""] = process.argv;
let left = Number(events);
const operator = notesOperator({
  database,
  slot,
  publication: "notes",
  deletion: "hard",
  chunkRows: 300,
  watch: () => {
    if ((left -= 1) < 0) process.kill(process.pid, "SIGKILL");
  },
});
await runOperator(operator, { databaseUrl });
// All was committed: before the slot hears of it from the next run.
process.kill(process.pid, "SIGKILL");

import { applyChanges, changeRecord, csv, defineOperator } from "@millrace/sdk";
import { chunks, config, timeouts } from "../items.ts";
import { changedBytes } from "../tables.ts";

const load = applyChanges({ key: changedBytes.id, sequence: changedBytes.sequence });

/** Changes stay bytes. */
export default defineOperator({
  name: "changed_bytes",
  config,
  chunks,
  timeouts,
  extract: ({ config: { file } }) => csv(file),
  record: changeRecord(changedBytes, load),
  target: changedBytes,
  load,
});

import { writeSync } from "node:fs";
import { fileCheckpointStore } from "../../src/state/file-checkpoint-store.ts"; // alone, which starts faster
import { checkpointValue, KEY } from "./checkpoint-value.ts";

// Sets one checkpoint after the other until it is killed or has set as many as told, and says which it has set.
const [directory = "", writer = "", first = "", count = "Infinity"] = process.argv.slice(2);
const store = fileCheckpointStore({ directory });
for (let number = Number(first); number < Number(first) + Number(count); number += 1) {
  await store.set(KEY, checkpointValue(writer, number));
  if (count !== "Infinity") await store.set({ operator: writer, partition: String(number) }, number);
  writeSync(1, `${number}\n`);
}

import { runOperator } from "@millrace/sdk/testing";
import { setTimeout as delay } from "node:timers/promises";
import { numbersOperator } from "./numbers.ts";

// Loads numbers and kills itself on the way: `killed-child.ts DATABASE_URL STRATEGY COUNT KILLED_AFTER`.
const [, , databaseUrl = "", strategy = "", count = "", killedAfter = ""] = process.argv;

const operator = numbersOperator(strategy, {
  count: Number(count),
  batchRows: 7,
  before: (given) => {
    if (given >= Number(killedAfter)) process.kill(process.pid, "SIGKILL");
  },
});
// The commits of some chunks are to be under way.
const slow = {
  ...operator,
  extract: async (...context: Parameters<typeof operator.extract>) => {
    const source = await operator.extract(...context);
    if (source.kind === "query") return source;
    const open = source.open.bind(source);
    return {
      ...source,
      async *open(options: Parameters<typeof open>[0]) {
        for await (const batch of open(options)) {
          await delay(5);
          yield batch;
        }
      },
    };
  },
};
await runOperator(slow, { databaseUrl, partitions: ["one"] });

import { append, defineOperator, dynamicPartitions, target } from "@millrace/sdk";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { appendFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";

/** Without a key: a row that comes twice would be seen. */
const items = pgTable("items", { load: text("load").notNull(), id: integer("id").notNull() });

/** A row and a checkpoint a commit, with a pause behind it; each attempt leaves a line about itself. */
export default defineOperator({
  name: "slow",
  partitions: dynamicPartitions("loads"),
  config: z.object({ trace: z.string(), commits: z.number().default(60) }),
  targets: [target(items, append())],
  run: async ({ checkpoint, commit, config, log, partition, signal }) => {
    const from = checkpoint === null ? 0 : (checkpoint as number);
    const attempt = { load: partition.key, pid: process.pid, task: process.ppid, from };
    await appendFile(config.trace, `${JSON.stringify(attempt)}\n`);
    for (let id = from; id < config.commits; id += 1) {
      await commit(async (chunk) => {
        await chunk.write(items, [{ load: partition.key, id }]);
        chunk.checkpoint(id + 1);
      });
      log.info("committed", { id });
      await setTimeout(150, undefined, { signal });
    }
  },
});

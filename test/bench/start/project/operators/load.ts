import { csv, defineOperator, upsert } from "@millrace/sdk";
import { pgTable, text } from "drizzle-orm/pg-core";
import { z } from "zod";

const airlines = pgTable("airlines", { carrier: text("carrier").primaryKey(), name: text("name").notNull() });

export default defineOperator({
  name: "load",
  config: z.object({ file: z.string() }),
  extract: ({ config }) => csv(config.file),
  record: z.object({ carrier: z.string(), name: z.string() }),
  target: airlines,
  load: upsert({ key: airlines.carrier }),
});

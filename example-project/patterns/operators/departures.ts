import { append, csv, defineOperator, text } from "@millrace/sdk";
import { z } from "zod";
import { departures } from "../tables.ts";

export default defineOperator({
  name: "departures",
  description: "A large CSV in chunks: each of 50,000 rows is a transaction of its own, and memory stays flat.",
  config: z.object({ files: z.string().default("../data/flights").describe("A file, a folder or a glob") }),
  extract: ({ config }) => csv(config.files, { nullText: "NA" }),
  record: z.object({
    time_hour: text.timestamp(),
    carrier: z.string().length(2),
    flight: text.integer(),
    origin: z.string(),
    dest: z.string(),
    dep_delay: text.integer().nullable(),
  }),
  transform: ({ time_hour, dep_delay, ...flight }) => ({ ...flight, timeHour: time_hour, depDelay: dep_delay }),
  target: departures,
  load: append(),
  chunks: { maxRows: 50_000, maxBytes: 64 * 1024 * 1024 },
});

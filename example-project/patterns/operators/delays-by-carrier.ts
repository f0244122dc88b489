import { csv, defineOperator, target, upsert } from "@millrace/sdk";
import { z } from "zod";
import { delaysByCarrier } from "../tables.ts";

const DAYS = ["2013-01-01", "2013-01-02", "2013-01-03"];

export default defineOperator({
  name: "delays_by_carrier",
  description: "The core form: work of one's own, each day committed with its checkpoint and its dead letters.",
  config: z.object({ failAt: z.string().optional().describe("For a trial: fail at this day") }),
  targets: [target(delaysByCarrier, upsert({ key: [delaysByCarrier.day, delaysByCarrier.carrier] }))],
  run: async ({ config, checkpoint, resumes, commit, log, signal }) => {
    // Null at first, and where the last run was finished: then all of it is done again.
    const done = resumes ? String(checkpoint) : "";
    for (const day of DAYS.filter((next) => next > done)) {
      if (day === config.failAt) throw new Error(`no luck on ${day}`);
      const sums = new Map<string, { flights: number; delays: number[] }>();
      const bad: unknown[] = [];
      for await (const { records } of csv(`../data/flights/${day}.csv.gz`, { nullText: "NA" }).open({
        signal,
        skip: 0,
      })) {
        for (const { carrier, dep_delay: delay } of records) {
          if (!carrier) bad.push(carrier);
          const sum = sums.get(carrier ?? "") ?? { flights: 0, delays: [] };
          sum.flights += 1;
          if (delay) sum.delays.push(Number(delay));
          sums.set(carrier ?? "", sum);
        }
      }
      const rows = [...sums].map(([carrier, { flights, delays }]) => ({
        day,
        carrier,
        flights,
        avgDelay: delays.length > 0 ? (delays.reduce((a, b) => a + b, 0) / delays.length).toFixed(2) : null,
      }));
      await commit(async (chunk) => {
        await chunk.write(delaysByCarrier, rows);
        for (const record of bad) chunk.reject({ reason: "a flight of nobody", record });
        chunk.checkpoint(day);
      });
      log.info("day_completed", { day, carriers: rows.length });
    }
  },
});

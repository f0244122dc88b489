import { append, csv, defineOperator, type SchedulingOptions } from "@millrace/sdk";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { expect, test } from "vitest";

const orders = pgTable("orders", { id: integer("id").notNull() });
const scheduled = (options: SchedulingOptions) =>
  defineOperator({
    ...options,
    name: "orders",
    extract: () => csv("orders.csv"),
    record: z.object({ id: z.coerce.number() }),
    target: orders,
    load: append(),
  }).scheduling;

test("an operator asks nothing of its scheduler by itself", () => {
  expect(scheduled({})).toEqual({ retry: null, pool: null, automation: null, freshness: null });
});

test("what an operator asks of its scheduler is complete in the manifest", () => {
  expect(
    scheduled({
      retry: { maxRetries: 3 },
      pool: "warehouse",
      automation: { cron: "0 6 * * *" },
      freshness: { failMinutes: 60 },
    }),
  ).toEqual({
    retry: { maxRetries: 3, delaySeconds: 0, backoff: null, jitter: null },
    pool: "warehouse",
    automation: { cron: "0 6 * * *", timeZone: "UTC" },
    freshness: { failMinutes: 60, warnMinutes: null },
  });
});

test.for<SchedulingOptions>([
  { retry: { maxRetries: 0 } },
  { retry: { maxRetries: 1, delaySeconds: -1 } },
  { automation: { cron: "every day" } },
  { freshness: { failMinutes: 0 } },
  { freshness: { failMinutes: 10, warnMinutes: 10 } },
  { freshness: { deadlineCron: "0 6 * *", withinMinutes: 60 } },
])("%j makes no sense", (options) => {
  expect(() => scheduled(options)).toThrow(TypeError);
});

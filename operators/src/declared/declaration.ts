import {
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multi,
  staticPartitions,
  timeWindow,
  weekly,
  type MultiPartitions,
  type Partitions,
} from "@millrace/sdk";
import { z } from "zod";

/** A day or a moment, as text: YAML has no other. */
const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/, "a day or a local time, as 2013-01-01 or 2013-01-01T00:00");
const timeFields = { start: moment, end: moment.optional(), timeZone: z.string().optional() } as const;

const dimension = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["hourly", "daily", "weekly", "monthly"]), ...timeFields }),
  z.strictObject({ kind: z.literal("cron"), cron: z.string(), ...timeFields }),
  z.strictObject({ kind: z.literal("static"), keys: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal("dynamic"), name: z.string().min(1) }),
]);
const partitions = z.union([
  dimension,
  z.strictObject({ kind: z.literal("multi"), dimensions: z.record(z.string(), dimension) }),
]);

const retry = z.strictObject({
  maxRetries: z.int().min(1),
  delaySeconds: z.number().min(0).optional(),
  backoff: z.enum(["linear", "exponential"]).optional(),
  jitter: z.enum(["full", "plus-minus"]).optional(),
});
const cron = z.strictObject({ cron: z.string(), timeZone: z.string().optional() });
const freshness = z.union([
  z.strictObject({ failMinutes: z.number().positive(), warnMinutes: z.number().positive().optional() }),
  z.strictObject({ deadlineCron: z.string(), withinMinutes: z.number().positive(), timeZone: z.string().optional() }),
]);

/** What stands in `operators.yaml` for one operator; `config` is what its kind says. */
export const declaration = z.strictObject({
  name: z
    .string()
    .regex(/^\w+$/, "letters, digits and _")
    .describe("Unique in the project; the asset's name in the scheduler"),
  operator: z.string().describe("Which ready-made operator: csv_to_table, …"),
  description: z.string().optional().describe("What the scheduler shows"),
  group: z.string().optional().describe("The scheduler's group"),
  owners: z.array(z.string()).optional().describe("E-mail addresses or team:name"),
  tags: z.record(z.string(), z.string()).optional().describe("The scheduler's tags"),
  dependsOn: z
    .array(z.string())
    .optional()
    .describe("Names of operators of this project, or keys of other assets as a/b"),
  partitions: partitions
    .optional()
    .describe(
      "kind: hourly, daily, weekly, monthly (start, end, timeZone), cron (cron, start, end, timeZone), static (keys), dynamic (name), multi (dimensions: two of these by name)",
    ),
  retry: retry
    .optional()
    .describe("When the scheduler tries a failed run again: maxRetries, delaySeconds, backoff, jitter"),
  pool: z.string().optional().describe("The scheduler's pool that limits how many run at once"),
  automation: z
    .union([z.enum(["eager", "on-missing"]), cron])
    .optional()
    .describe("When the scheduler runs it by itself: eager, on-missing, or cron and timeZone"),
  freshness: freshness
    .optional()
    .describe("How old the data may become: failMinutes, warnMinutes; or deadlineCron, withinMinutes"),
  rejects: z
    .strictObject({ max: z.int().min(0).optional(), maxRatio: z.number().min(0).max(1).optional() })
    .optional()
    .describe("How many bad records a run may have before it fails. Default maxRatio: 0.1"),
  config: z.record(z.string(), z.unknown()).default({}).describe("What the operator is to do: see below"),
});

export type Declaration = z.output<typeof declaration>;

const TIME = { hourly, daily, weekly, monthly } as const;

/** Raises TypeError where a schedule or dimensions make no sense. */
export function buildPartitions(given: NonNullable<Declaration["partitions"]>): Partitions {
  if (given.kind !== "multi") return buildDimension(given);
  const dimensions = Object.entries(given.dimensions).map(([name, one]) => [name, buildDimension(one)] as const);
  return multi(Object.fromEntries(dimensions));
}

function buildDimension(given: z.output<typeof dimension>): Exclude<Partitions, MultiPartitions> {
  if (given.kind === "static") return staticPartitions(given.keys);
  if (given.kind === "dynamic") return dynamicPartitions(given.name);
  const { start, end, timeZone } = given;
  const times = { start, ...(end !== undefined && { end }), ...(timeZone !== undefined && { timeZone }) };
  return given.kind === "cron" ? timeWindow({ cron: given.cron, ...times }) : TIME[given.kind](times);
}

import { daily, dynamicPartitions, hourly, monthly, staticPartitions, weekly, type Partitions } from "@millrace/sdk";
import { z } from "zod";

/** A day or a moment, as text: YAML has no other. */
const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/, "a day or a local time, as 2013-01-01 or 2013-01-01T00:00");
const timeFields = { start: moment, end: moment.optional(), timeZone: z.string().optional() } as const;

const partitions = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["hourly", "daily", "weekly", "monthly"]), ...timeFields }),
  z.strictObject({ kind: z.literal("static"), keys: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal("dynamic"), name: z.string().min(1) }),
]);

/** What stands in `operators.yaml` for one operator; `config` is what its kind says. */
export const declaration = z.strictObject({
  name: z
    .string()
    .regex(/^\w+$/, "letters, digits and _")
    .describe("Unique in the project; the asset's name in the scheduler"),
  operator: z.string().describe("Which ready-made operator: csv_to_table, …"),
  description: z.string().optional(),
  group: z.string().optional().describe("The scheduler's group"),
  owners: z.array(z.string()).optional().describe("E-mail addresses or team:name"),
  tags: z.record(z.string(), z.string()).optional(),
  dependsOn: z
    .array(z.string())
    .optional()
    .describe("Names of operators of this project, or keys of other assets as a/b"),
  partitions: partitions
    .optional()
    .describe("kind: hourly, daily, weekly, monthly (start, end, timeZone), static (keys), dynamic (name)"),
  rejects: z
    .strictObject({ max: z.int().min(0).optional(), maxRatio: z.number().min(0).max(1).optional() })
    .optional()
    .describe("How many bad records a run may have before it fails. Default maxRatio: 0.1"),
  config: z.record(z.string(), z.unknown()).default({}).describe("What the operator is to do: see below"),
});

export type Declaration = z.output<typeof declaration>;

const TIME = { hourly, daily, weekly, monthly } as const;

export function buildPartitions(given: Declaration["partitions"]): Partitions | undefined {
  if (given === undefined) return undefined;
  if (given.kind === "static") return staticPartitions(given.keys);
  if (given.kind === "dynamic") return dynamicPartitions(given.name);
  const { kind, start, end, timeZone } = given;
  return TIME[kind]({ start, ...(end !== undefined && { end }), ...(timeZone !== undefined && { timeZone }) });
}

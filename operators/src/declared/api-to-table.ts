import type { HttpAuth, HttpOptions, HttpPagination } from "@millrace/sdk";
import { z } from "zod";
import { apiToTable } from "../api-to-table.ts";
import { buildLoad, checkLoad } from "../load/load-config.ts";
import { loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { checkTable, namedTable, tableFields } from "./table-config.ts";

const variable = z.string().regex(/^[A-Za-z_]\w*$/, "the name of an environment variable, and not a secret");

const auth = z.union([
  z.strictObject({ bearer: variable.describe("Environment variable that holds the token") }),
  z.strictObject({ basic: z.strictObject({ user: variable, password: variable }) }),
  z.strictObject({ header: z.string().min(1), env: variable }),
]);

const pagination = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("page"),
    parameter: z.string().optional(),
    first: z.int().optional(),
    size: z.int().min(1).optional(),
    sizeParameter: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal("offset"),
    parameter: z.string().optional(),
    limit: z.int().min(1).optional(),
    limitParameter: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("cursor"), next: z.string(), parameter: z.string().optional() }),
  z.strictObject({ kind: z.literal("next"), next: z.string() }),
  z.strictObject({ kind: z.literal("link") }),
]);

const since = z.strictObject({
  parameter: z.string().min(1).describe("The query's parameter, such as updated_since"),
  field: z.string().min(1).describe("Path in each record of the timestamp or number that it is compared with"),
  start: z.union([z.string(), z.number()]).optional().describe("For the first run"),
  lagMs: z.int().min(0).optional().describe("How much earlier to begin. Default 60000"),
  exclusive: z.boolean().optional().describe("The server never gives again what lies at the value itself"),
});

const source = {
  url: z.string().min(1).describe("http: or https:; may have {partition}, {year}, {month}, {day} in it"),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Parameters that are added to the URL; may have {partition} in them"),
  headers: z.record(z.string(), z.string()).optional().describe("Headers that are no secrets"),
  auth: auth.optional().describe("Who we are, by the names of environment variables: bearer, basic, or a header"),
  records: z.string().optional().describe("Path of the array of records in an answer, such as data.items"),
  pagination: pagination
    .optional()
    .describe("How the server cuts its records into pages: none, page, offset, cursor, next, link"),
  since: since.optional().describe("Reads only what was changed since the run before"),
  timeoutMs: z.int().min(1).optional().describe("For one attempt at a page. Default 60000"),
  maxPageBytes: z.int().min(1).optional().describe("Default 64 MiB"),
  requestsPerSecond: z.number().positive().optional().describe("Default: as fast as it answers"),
} as const;

export const apiToTableKind = operatorKind({
  kind: "api_to_table",
  description: "Loads the records of a JSON API, page by page. What a column does not take is a dead letter.",
  config: z
    .strictObject({ ...source, ...tableFields })
    .superRefine(checkLoad)
    .superRefine(checkTable)
    .superRefine((config, context) => {
      if (config.since === undefined || config.load === "append" || config.load === "upsert") return;
      const message = `since gives only what was changed, and load: ${config.load} would remove all other rows`;
      context.addIssue({ code: "custom", path: ["since"], message, input: config.since });
    }),
  table: namedTable,
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const given = Object.keys(source).flatMap((name) => {
      const value = config[name as keyof typeof source];
      return value === undefined ? [] : [[name, value] as const];
    });
    return apiToTable({
      ...options,
      ...loadedChecks(config.checks, target),
      source: Object.fromEntries(given) as unknown as HttpOptions & { auth: HttpAuth; pagination: HttpPagination },
      target: table,
      load: buildLoad(config, column),
      fields: config.fields,
    });
  },
});

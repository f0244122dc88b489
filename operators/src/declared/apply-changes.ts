import { ascending, changeFields, debezium, jsonl, postgresTable, type ChangeEvent } from "@millrace/sdk";
import { z } from "zod";
import { applyChanges } from "../apply-changes.ts";
import { checksField, loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { sourceFields } from "./source-config.ts";

const events = z.strictObject({
  operation: z.string().optional().describe("The field that says what was done. Default `operation`"),
  data: z.string().optional().describe("The field that has the row. Default `data`"),
  before: z.string().optional().describe("The field that has the row as it was. Default `before`"),
  sequence: z.string().optional().describe("The field whose value grows with each change. Default `sequence`"),
  at: z.string().optional().describe("The field that says when. Default `at`"),
});

const changes = z.strictObject({
  path: z.string().min(1).optional().describe("A file of JSON lines"),
  database: sourceFields.database.optional(),
  source: sourceFields.source.optional(),
  ascending: z
    .string()
    .optional()
    .describe("Of a table: its column of numbers that grow, by which only new ones are read"),
  format: z.enum(["debezium", "fields"]).describe("`debezium`: its envelope; `fields`: see `events`"),
  events: events.optional().describe("Names of the fields of `format: fields`"),
  table: z.string().min(1).describe("The table: `orders`, `sales.orders`"),
  key: z.array(z.string()).min(1).describe("The columns of a unique index of the table"),
  sequence: z.string().min(1).describe("The column that keeps the sequence of a row's last change"),
  softDelete: z.string().optional().describe("A nullable timestamp column: deleted rows stay, and it says when"),
  fields: z.record(z.string(), z.string()).optional().describe("Names in the source by column, where they differ"),
  ...checksField,
});

export const applyChangesKind = operatorKind({
  kind: "apply_changes",
  description: "Applies change events from a file of JSON lines or a table, in whatever order they come.",
  config: changes.superRefine((config, context) => {
    const isTable = config.database !== undefined && config.source !== undefined;
    if ((config.path !== undefined) !== isTable) return;
    const message = "either a path, or database and source";
    context.addIssue({ code: "custom", path: ["path"], message, input: config.path });
  }),
  table: ({ table: name }) => ({ name, columns: undefined, createTable: false }),
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const { key, sequence, softDelete, fields, format, events: names } = config;
    const [first, ...others] = key.map(column);
    const event: (record: Readonly<Record<string, unknown>>) => ChangeEvent | null =
      format === "debezium" ? (record) => debezium(record) : (record) => changeFields(record, definite(names));
    return applyChanges({
      ...options,
      ...loadedChecks(config.checks, target),
      source: () => sourceOf(config),
      event,
      target: table,
      key: [first!, ...others],
      sequence: column(sequence),
      fields,
      ...(softDelete !== undefined && { softDelete: column(softDelete) }),
    });
  },
});

function sourceOf({ path, database, source, ascending: column }: z.output<typeof changes>) {
  if (path !== undefined) return jsonl(path);
  return postgresTable(database!, source!, column === undefined ? {} : { watermark: ascending(column) });
}

function definite(names: z.output<typeof events> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

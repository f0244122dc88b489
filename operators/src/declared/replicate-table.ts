import { z } from "zod";
import { replicateTable } from "../replicate-table.ts";
import { checksField, loadedChecks } from "./loaded-checks.ts";
import { operatorKind } from "./kind.ts";
import { sourceFields } from "./source-config.ts";

const { database, source } = sourceFields;

export const replicateTableKind = operatorKind({
  kind: "replicate_table",
  description: "Keeps a table the same as one of another PostgreSQL, by its logical replication.",
  config: z.strictObject({
    database,
    source,
    table: z.string().min(1).describe("The table: `orders`, `sales.orders`"),
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, "small letters, digits and _")
      .describe("A replication slot of this operator alone; the first run makes it"),
    publication: z.string().min(1).describe("The source's publication, with the table in it"),
    key: z.array(z.string()).min(1).describe("The columns of a unique index of the table"),
    sequence: z.string().min(1).describe("The column that keeps where in the log a row's last change was: pg_lsn"),
    softDelete: z.string().optional().describe("A nullable timestamp column: deleted rows stay, and it says when"),
    snapshot: z.boolean().optional().describe("Begins with the rows that are there. Default true"),
    fields: z.record(z.string(), z.string()).optional().describe("Names in the source by column, where they differ"),
    ...checksField,
  }),
  table: ({ table: name }) => ({ name, columns: undefined, createTable: false }),
  create: ({ options, config, target }) => {
    const { table, column } = target;
    const { slot, publication, key, sequence, softDelete, snapshot, fields } = config;
    const [first, ...others] = key.map(column);
    return replicateTable({
      ...options,
      ...loadedChecks(config.checks, target),
      database: config.database,
      source: config.source,
      slot,
      publication,
      target: table,
      key: [first!, ...others],
      sequence: column(sequence),
      fields,
      ...(softDelete !== undefined && { softDelete: column(softDelete) }),
      ...(snapshot !== undefined && { snapshot }),
    });
  },
});

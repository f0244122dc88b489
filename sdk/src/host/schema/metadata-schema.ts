import { z } from "zod";

const text = (type: string, what: string) =>
  z.strictObject({ type: z.literal(type), raw_value: z.string() }).describe(what);

// Of any size, where `z.int` has the limits of JavaScript.
const integer = z.number().refine(Number.isInteger).meta({ type: "integer" });

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const column = z
  .strictObject({
    name: z.string(),
    type: z.string(),
    description: z.string().nullable().optional(),
    tags: z.record(z.string(), z.string()).nullable().optional(),
    constraints: z
      .strictObject({
        nullable: z.boolean().optional(),
        unique: z.boolean().optional(),
        other: z.array(z.string()).optional(),
      })
      .nullable()
      .optional(),
  })
  .meta({ id: "column", description: "A column: its type is any word." });

const source = z.strictObject({ asset_key: z.array(z.string()).min(1), column_name: z.string() });

/** A metadata value of each type; an int may have any number of digits, a float must have a point or an exponent. */
export const metadataValue = z
  .discriminatedUnion("type", [
    text("text", "Plain text."),
    text("url", "A link."),
    text("path", "A path in a file system."),
    text("notebook", "The path of a Jupyter notebook."),
    text("md", "Markdown."),
    text("dagster_run", "A run, by its id."),
    text("asset", "An asset, its key's parts joined by `/`, unescaped."),
    z
      .strictObject({
        type: z.literal("json"),
        raw_value: z.union([z.array(z.json()), z.record(z.string(), z.json()), z.string(), z.null()]),
      })
      .describe("Anything but a bare number or boolean."),
    z.strictObject({ type: z.literal("int"), raw_value: integer }).describe("An integer of any size."),
    z
      .strictObject({ type: z.literal("float"), raw_value: z.number() })
      .describe("Written with a point or an exponent: `7.0`."),
    z.strictObject({ type: z.literal("bool"), raw_value: z.boolean() }).describe("True or false."),
    z.strictObject({ type: z.literal("timestamp"), raw_value: z.number() }).describe("Seconds since 1970."),
    z.strictObject({ type: z.literal("null"), raw_value: z.null() }).describe("Nothing."),
    z
      .strictObject({
        type: z.literal("table"),
        raw_value: z.strictObject({ records: z.array(z.record(z.string(), cell)), schema: z.array(column) }),
      })
      .describe("Rows, all with the same fields, whose cells are scalars."),
    z
      .strictObject({ type: z.literal("table_schema"), raw_value: z.strictObject({ columns: z.array(column) }) })
      .describe("The columns of a table."),
    z
      .strictObject({
        type: z.literal("table_column_lineage"),
        raw_value: z.strictObject({ deps_by_column: z.record(z.string(), z.array(source)) }),
      })
      .describe("For each column, the columns that it was made from, each once."),
  ])
  .meta({ id: "metadata_value", title: "Metadata value" });

export const metadataRecord = z.record(z.string(), metadataValue);

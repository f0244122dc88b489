import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { FatalError } from "../errors/millrace-error.ts";
import { ChangeRecord } from "./change-record.ts";
import { TableRecord } from "./table-record.ts";

/**
 * Raises FatalError SOURCE_FIELDS where a source's records lack fields that their schema asks for: every one of them
 * would be rejected, and a source without records would pass for an empty one.
 */
export function checkFields(
  schema: StandardSchemaV1 | undefined,
  fields: readonly string[],
  {
    source,
    except,
  }: {
    readonly source: string;
    /** A row's property that the load fills itself. */ readonly except?: string | undefined;
  },
): void {
  const missing = requiredFields(schema, except).filter((name) => !fields.includes(name));
  if (missing.length === 0) return;
  throw new FatalError(
    "SOURCE_FIELDS",
    `${source} has no ${missing.map((name) => `"${name}"`).join(", ")}; it has ${fields.join(", ") || "no fields at all"}`,
    {
      fix: "Look whether it is the right file, and at the names in `record`",
      details: { missing, fields },
    },
  );
}

function requiredFields(schema: StandardSchemaV1 | undefined, except: string | undefined): string[] {
  if (schema instanceof TableRecord || schema instanceof ChangeRecord)
    return schema.fields.filter(({ key, optional }) => !optional && key !== except).map(({ name }) => name);
  if (!(schema instanceof z.ZodObject)) return []; // other schemas do not say what they ask for
  const shape = schema.shape as Record<string, z.ZodType>;
  return Object.keys(shape).filter((name) => !shape[name]!.safeParse(undefined).success);
}

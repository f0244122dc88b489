import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { FatalError } from "../errors/millrace-error.ts";

/**
 * Raises FatalError SOURCE_FIELDS where a source's records lack fields that their schema asks for: every one of them
 * would be rejected, and a source without records would pass for an empty one.
 */
export function checkFields(schema: StandardSchemaV1 | undefined, fields: readonly string[], source: string): void {
  if (!(schema instanceof z.ZodObject)) return; // other schemas do not say what they ask for
  const shape = schema.shape as Record<string, z.ZodType>;
  const missing = Object.keys(shape).filter((name) => !fields.includes(name) && !shape[name]!.safeParse(undefined).success);
  if (missing.length === 0) return;
  throw new FatalError("SOURCE_FIELDS", `${source} has no ${missing.map((name) => `"${name}"`).join(", ")}; it has ${fields.join(", ") || "no fields at all"}`, {
    fix: "Look whether it is the right file, and at the names in `record`",
    details: { missing, fields },
  });
}

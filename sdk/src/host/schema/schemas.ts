import { z } from "zod";
import { context } from "./context-schema.ts";
import { anyMessage, messages } from "./message-schema.ts";
import { metadataValue } from "./metadata-schema.ts";
import { partitionMessages } from "./partition-message-schema.ts";

/** The JSON Schemas of the protocol, each by its file's name below `schemas/`. */
export function buildSchemas(): Record<string, string> {
  const schemas: Record<string, z.ZodType> = {
    context,
    message: anyMessage,
    "metadata-value": metadataValue,
    ...Object.fromEntries(Object.entries(messages).map(([method, schema]) => [`messages/${method}`, schema])),
    ...Object.fromEntries(
      Object.entries(partitionMessages).map(([type, schema]) => [`partition-messages/${type}`, schema]),
    ),
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(toSchema(schema), null, 2)}\n`,
    ]),
  );
}

function toSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      // JavaScript's limits are not the protocol's.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}

import { z } from "zod";
import { FatalError } from "../errors/millrace-error.ts";
import type { Operator } from "./operator.ts";

/** The launch's config as the operator's schema makes it. Raises FatalError CONFIG_INVALID, naming each field and why. */
export function parseConfig(operator: Operator, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const schema = (operator.config ?? z.object({})).strict();
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "config"}: ${issue.message}`);
  throw new FatalError(
    "CONFIG_INVALID",
    `The config of operator "${operator.name}" does not fit its schema: ${problems.join("; ")}`,
    {
      fix: "Correct these fields where the run is launched",
      details: { problems },
    },
  );
}

/** The JSON Schema of what a launcher may pass as config. */
export function configJsonSchema(operator: Operator): unknown {
  return z.toJSONSchema(operator.config ?? z.object({}), { io: "input" });
}

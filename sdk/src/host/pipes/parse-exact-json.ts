import { FatalError } from "../../errors/millrace-error.ts";

/**
 * JSON as a launcher wrote it. Python writes integers of any size; one that a JavaScript number would change must not
 * pass unseen, and raises PIPES_CONTEXT_INVALID.
 */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text, refuseLostDigits as (key: string, value: unknown) => unknown);
}

function refuseLostDigits(key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !source || !/^-?\d+$/.test(source)) return value;
  if (Number.isFinite(value) && BigInt(source) === BigInt(value)) return value;
  throw new FatalError(
    "PIPES_CONTEXT_INVALID",
    `"${key}" of the context is ${source}, which a JavaScript number would change`,
    {
      fix: "Pass it as a string",
    },
  );
}

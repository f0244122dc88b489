import { MillraceError } from "../errors/millrace-error.ts";
import { redact } from "../errors/redact.ts";

/** The command was called wrongly: exit code 2. */
export class UsageError extends MillraceError {}

/** Frames of a stack that say nothing of anybody's file. */
const NODES_OWN = /\n\s+at [^\n]*node:internal\/[^\n]*/g;

/** An error for a person: ours speak for themselves, others bring their stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  const cause =
    error.cause instanceof Error && !(error.cause instanceof MillraceError)
      ? `\n  caused by: ${(error.cause.stack ?? error.cause.message).replaceAll(NODES_OWN, "")}`
      : "";
  if (!(error instanceof MillraceError)) return redact(error.stack ?? error.message);
  const more = error.code === "DATABASE_URL_MISSING" ? " `millrace dev` starts one for the project." : "";
  return redact(error.message + more + (error.code === "OPERATOR_INVALID" ? cause : ""));
}

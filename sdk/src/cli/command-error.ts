import { MillraceError } from "../errors/millrace-error.ts";
import { redact } from "../errors/redact.ts";

/** The command was called wrongly: exit code 2. */
export class UsageError extends MillraceError {}

/** An error for a person: ours speak for themselves, others bring their stack. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  const cause =
    error.cause instanceof Error && !(error.cause instanceof MillraceError)
      ? `\n  caused by: ${error.cause.stack ?? error.cause.message}`
      : "";
  if (!(error instanceof MillraceError)) return redact(error.stack ?? error.message);
  const more = error.code === "DATABASE_URL_MISSING" ? " `millrace dev` starts one for the project." : "";
  return redact(error.message + more + (error.code === "OPERATOR_INVALID" ? cause : ""));
}

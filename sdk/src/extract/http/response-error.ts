import { FatalError, RetryableError, type MillraceError } from "../../errors/millrace-error.ts";
import { redact } from "../../errors/redact.ts";
import { retryAfterMs } from "../../retry/retry-after.ts";
import { isTransientStatus } from "../../retry/transient-codes.ts";

const SHOWN_CHARACTERS = 300;

/** What an answer that is no success means. `variables` are the environment variables that hold the login. */
export function statusError(
  { status, statusText, headers }: Response,
  {
    shownUrl,
    text,
    variables,
  }: { readonly shownUrl: string; readonly text: string; readonly variables: readonly string[] },
): MillraceError {
  const message = `${shownUrl} answered ${status} ${statusText}${text.trim() === "" ? "" : `: ${beginning(text)}`}`;
  const details = { status, url: shownUrl };
  const asked = retryAfterMs({ headers });
  // Some servers say 403 where they mean 429, and then say for how long.
  if (isTransientStatus(status) || (status === 403 && asked !== undefined)) {
    return new RetryableError("HTTP_STATUS", message, { details, ...(asked !== undefined && { retryAfterMs: asked }) });
  }
  if (status === 401 || status === 403) {
    const fix = variables.length > 0 ? `Look at the login in ${variables.join(", ")}` : "Give it a login with `auth`";
    return new FatalError("HTTP_LOGIN", message, { details, fix });
  }
  return new FatalError("HTTP_STATUS", message, { details, fix: "Look at the URL and its parameters" });
}

/** What failed between us and the server; only what is wrong for good is fatal. */
export function networkError(error: unknown, shownUrl: string, timeoutMs: number): MillraceError {
  if ((error as Error | null)?.name === "TimeoutError") {
    return new RetryableError("HTTP_TIMEOUT", `${shownUrl} was not answered to its end in ${timeoutMs / 1000} s`, {
      cause: error,
    });
  }
  const reasons = causes(error);
  const reason = reasons.map(({ message }) => message).join(": ");
  // What fetch says of the request itself has no cause: no other attempt would be another request.
  const ours = error instanceof TypeError && error.cause === undefined;
  const forGood = ours || reasons.some(({ code }) => typeof code === "string" && FOR_GOOD.test(code));
  return new (forGood ? FatalError : RetryableError)("HTTP_UNREACHABLE", `${shownUrl} could not be read: ${reason}`, {
    cause: error,
  });
}

/** Certificates, and what Node refuses to send. */
const FOR_GOOD = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS|^ERR_INVALID|^UND_ERR_INVALID/;

function causes(error: unknown): { readonly message: string; readonly code?: unknown }[] {
  const found: { message: string; code?: unknown }[] = [];
  for (let at = error; at instanceof Error && found.length < 8; at = at.cause) found.push(at);
  return found.length > 0 ? found : [{ message: String(error) }];
}

/** The beginning of an answer, for a person. */
export function beginning(text: string): string {
  const line = redact(text.slice(0, SHOWN_CHARACTERS).replace(/\s+/g, " ").trim());
  return text.length > SHOWN_CHARACTERS ? `${line}…` : line;
}

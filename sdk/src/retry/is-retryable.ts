import { MillraceError } from "../errors/millrace-error.ts";
import { isLostConnection, isNetworkCode, isTransientState, isTransientStatus } from "./transient-codes.ts";

/**
 * Whether another attempt may succeed where this one failed. An error of ours says so itself (its kind); others are judged
 * by SQLSTATE, network code or HTTP status, and where they have none of these by their cause. Everything else can not pass.
 */
export function isRetryable(error: unknown): boolean {
  return judge(error, new Set()) ?? false;
}

/** What errors of drivers and HTTP clients may carry. */
interface Clues {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/** Undefined where the error itself says nothing either way. */
function judge(error: unknown, seen: Set<unknown>): boolean | undefined {
  if (typeof error !== "object" || error === null || seen.has(error)) return undefined;
  seen.add(error);
  if (error instanceof MillraceError) return error.kind === "retryable";
  const { name, code, severity, message, cause } = error as Clues;
  if (name === "AbortError") return false;
  if (name === "TimeoutError") return true;
  if (typeof code === "string" && (isNetworkCode(code) || isTransientState(code))) return true;
  if (typeof code === "string" && severity !== undefined) return false; // PostgreSQL's own word on it
  const status = httpStatus(error);
  if (status !== undefined && status >= 400) return isTransientStatus(status);
  if (code === undefined && typeof message === "string" && isLostConnection(message)) return true;
  // Several things failed: all of them have to pass.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.every((inner) => judge(inner, seen) ?? false);
  }
  return judge(cause, seen);
}

/** As fetch wrappers, got, ky and axios (`response`) and the AWS SDK (`$metadata`) have it. */
function httpStatus(error: object): number | undefined {
  const { status, statusCode, response, $metadata } = error as Readonly<Record<string, unknown>>;
  const candidates = [status, statusCode, field(response, "status"), field($metadata, "httpStatusCode")];
  return candidates.find((candidate) => typeof candidate === "number");
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

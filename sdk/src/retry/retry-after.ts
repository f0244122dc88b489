/**
 * How long the other side asks to be left alone, in milliseconds: `retryAfterMs` of the error, or the `Retry-After` header
 * of its response (seconds or an HTTP date), or that of a cause. Undefined where it does not say.
 */
export function retryAfterMs(error: unknown, now: number = Date.now()): number | undefined {
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth += 1) {
    const { retryAfterMs: ms, response, headers, cause } = error as Asking;
    const asked = typeof ms === "number" ? ms : parseRetryAfter(header(response?.headers) ?? header(headers), now);
    if (asked !== undefined && asked >= 0) return asked;
    error = cause;
  }
  return undefined;
}

interface Asking {
  readonly retryAfterMs?: unknown;
  readonly response?: { readonly headers?: unknown };
  readonly headers?: unknown;
  readonly cause?: unknown;
}

/** A `Retry-After` header in milliseconds from `now`; undefined where it is neither seconds nor a date. */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** From fetch's Headers, or a plain object as Node and got have it. */
function header(headers: unknown): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  const value =
    headers instanceof Headers ? headers.get("retry-after") : (headers as Record<string, unknown>)["retry-after"];
  return typeof value === "string" ? value : undefined;
}

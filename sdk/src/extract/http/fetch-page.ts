import { createHash } from "node:crypto";
import { FatalError, RetryableError } from "../../errors/millrace-error.ts";
import type { Logger } from "../../logging/logger.ts";
import type { RetryPolicy } from "../../retry/retry-policy.ts";
import { retry } from "../../retry/retry.ts";
import { parseExactValue } from "../../record/exact-json.ts";
import { keepPace } from "./pace.ts";
import type { HttpPage } from "./page.ts";
import { beginning, networkError, statusError } from "./response-error.ts";
import { shownUrl } from "./shown-url.ts";

export interface FetchPageOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the server itself and to none that it redirects to. */
  readonly login: Readonly<Record<string, string>>;
  /** Where the login is from. */
  readonly variables: readonly string[];
  readonly timeoutMs: number;
  readonly maxPageBytes: number;
  readonly requestsPerSecond: number | null;
  readonly retry: Partial<RetryPolicy>;
  readonly log: Logger | undefined;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Asks for a page until it is there whole. Raises FatalError HTTP_STATUS, HTTP_LOGIN, HTTP_NOT_JSON, HTTP_PAGE_TOO_LARGE,
 * HTTP_UNREACHABLE; the last RetryableError HTTP_STATUS, HTTP_TIMEOUT, HTTP_UNREACHABLE, HTTP_BODY when attempts are used up.
 */
export async function fetchPage(url: URL, options: FetchPageOptions): Promise<HttpPage> {
  const { signal, log } = options;
  return await retry(() => attempt(url, options), options.retry, {
    signal,
    onRetry: ({ number, error, delayMs }) =>
      log?.warn("http_retry", { url: shownUrl(url), attempt: number, delayMs: Math.round(delayMs), error }),
  });
}

async function attempt(url: URL, options: FetchPageOptions): Promise<HttpPage> {
  const { signal, timeoutMs, requestsPerSecond, variables } = options;
  if (requestsPerSecond !== null) await keepPace(url.origin, requestsPerSecond, signal);
  const shown = shownUrl(url);
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let response: Response;
  let body: Buffer;
  try {
    response = await follow(url, options, inTime);
    body = await readBody(response, options.maxPageBytes, shown);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof FatalError ? error : networkError(error, shown, timeoutMs);
  }
  if (!response.ok) throw statusError(response, { shownUrl: shown, text: body.toString(), variables });
  return {
    url,
    shownUrl: shown,
    body: parseBody(response, body, shown),
    bytes: body.length,
    digest: createHash("sha256").update(body).digest("base64"),
    link: response.headers.get("link"),
    date: answeredAt(response),
  };
}

/** Redirects are followed here and not by fetch, which would show a login in a header of its own to the other server. */
async function follow(url: URL, { headers, login }: FetchPageOptions, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const sent = { accept: "application/json", ...headers, ...(at.origin === url.origin && login) };
    const response = await fetch(at, { headers: sent, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null || !URL.canParse(location, at.href)) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) {
      throw new FatalError("HTTP_STATUS", `${shownUrl(url)} redirects more than ${MAX_REDIRECTS} times`, {
        fix: "Use the URL that it leads to",
      });
    }
    at = new URL(location, at);
  }
}

async function readBody(response: Response, maxBytes: number, shown: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part as Uint8Array);
    bytes += (part as Uint8Array).length;
    if (bytes <= maxBytes) continue;
    throw new FatalError("HTTP_PAGE_TOO_LARGE", `${shown} has more than ${maxBytes} bytes`, {
      fix: "Ask for smaller pages, or raise `maxPageBytes`: a page is held in memory as a whole",
    });
  }
  return Buffer.concat(parts);
}

function parseBody(response: Response, body: Buffer, shown: string): unknown {
  const type = response.headers.get("content-type") ?? "";
  try {
    const charset = /charset\s*=\s*"?([\w-]+)/i.exec(type)?.[1] ?? "utf-8";
    return parseExactValue(new TextDecoder(charset, { fatal: true }).decode(body));
  } catch (cause) {
    const text = body.toString();
    // Cut off, or so it seems: the rest may come the next time.
    if (/\bjson\b/i.test(type) || text.trim() === "") {
      throw new RetryableError("HTTP_BODY", `${shown} answered what is not whole JSON: ${(cause as Error).message}`, {
        cause,
      });
    }
    throw new FatalError(
      "HTTP_NOT_JSON",
      `${shown} answered ${type || "something without a content type"} and not JSON: ${beginning(text)}`,
      { fix: "Look at the URL in a browser: a page for a login or an error may stand there", cause },
    );
  }
}

function answeredAt({ headers }: Response): string {
  const at = Date.parse(headers.get("date") ?? "");
  return new Date(Number.isNaN(at) ? Date.now() : at).toISOString();
}

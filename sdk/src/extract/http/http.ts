import { randomUUID } from "node:crypto";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Logger } from "../../logging/logger.ts";
import type { RetryPolicy } from "../../retry/retry-policy.ts";
import { withTextFields } from "../../record/exact-json.ts";
import type { MalformedRecord, OpenOptions, RecordBatch, RecordSource } from "../source.ts";
import { authHeaders, authVariables, type HttpAuth } from "./auth.ts";
import { fetchPage, type FetchPageOptions } from "./fetch-page.ts";
import { jsonPointer, valueAt } from "./json-path.ts";
import { PageLoop, pageLoop } from "./page-loop.ts";
import type { HttpPage } from "./page.ts";
import { nextPage, pageUrl, type HttpPagination, type PageState } from "./pagination.ts";
import { beginning } from "./response-error.ts";
import { shownUrl } from "./shown-url.ts";
import { Since, type HttpSince } from "./since.ts";

export interface HttpOptions {
  /** `http:` or `https:`, without a login in it. */
  readonly url: string;
  /** Parameters that are added to the URL. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: HttpAuth;
  /** Path of the array of records in an answer, such as `data.items`. Default `""`: the answer itself. */
  readonly records?: string;
  /** Default `{ kind: "none" }`. */
  readonly pagination?: HttpPagination;
  readonly since?: HttpSince;
  /** For one attempt at a page, from the request to the answer's last byte. Default 60,000. */
  readonly timeoutMs?: number;
  /** Default 64 MiB. */
  readonly maxPageBytes?: number;
  /** To this server, by this process. Default: as fast as it answers. */
  readonly requestsPerSecond?: number;
  /** For each page. Default: 5 attempts, the first wait up to 1 s, each further one up to twice as long. */
  readonly retry?: Partial<RetryPolicy>;
  /** Is told of each retry. */
  readonly log?: Logger;
}

/** A JSON object; numbers that a double would change are bigints where they are whole, else text, or a `JsonNumber` in nested values. */
export type HttpRecord = Readonly<Record<string, unknown>>;

/**
 * The records of a JSON API, page by page; a page is a batch. A record's position is its page's URL with a JSON Pointer to it.
 *
 * With `since` an interrupted run goes on with the page behind the last one that was committed, and the next run reads what
 * was changed in between: load it with `upsert`, as what was changed at the edge is read again. Without it every attempt reads
 * everything, since nobody knows whether it is still what it was.
 *
 * Raises FatalError HTTP_URL, ENV_MISSING, HTTP_RECORDS, HTTP_PAGINATION, HTTP_PAGE_LOOP, CHECKPOINT_INVALID, and what
 * `fetchPage` raises.
 */
export function http(options: HttpOptions): RecordSource<HttpRecord> {
  const base = baseUrl(options);
  return {
    kind: "records",
    uri: shownUrl(base),
    local: false,
    typed: true,
    ...(options.since && { resumes: "cursor", repeats: options.since.exclusive !== true }),
    fingerprint: async () => randomUUID(),
    open: (open) => readPages(base, options, open),
  };
}

async function* readPages(
  base: URL,
  options: HttpOptions,
  { signal, skip, checkpoint = null }: OpenOptions,
): AsyncIterable<RecordBatch<HttpRecord>> {
  const { pagination = { kind: "none" }, records: path = "" } = options;
  const fetching = fetchOptions(options, signal);
  const since = options.since && new Since(options.since, checkpoint);
  const first = new URL(base);
  if (options.since && since && since.given !== null)
    first.searchParams.set(options.since.parameter, String(since.given));
  const counted = pagination.kind === "page" || pagination.kind === "offset";
  const loop = new PageLoop();
  let state: PageState = since?.page ?? null;
  let before = "";
  let left = skip;
  do {
    const page = await fetchPage(pageUrl(first, pagination, state), fetching);
    const items = itemsAt(page, path);
    const next = nextPage(pagination, page, items.length, state);
    // Numbers go on for ever where a server does not heed them: then it is the page that is the same.
    if (counted && items.length > 0 && page.digest === before) throw pageLoop(page.shownUrl);
    if (!counted && next !== null) loop.check(String(next), page.shownUrl);
    before = page.digest;
    since?.see(items, page.date);
    const skipped = Math.min(left, items.length);
    left -= skipped;
    yield { ...pageBatch(page, items, { path, first: skipped }), ...(since && { cursor: since.cursor(next) }) };
    state = next;
  } while (state !== null);
}

function pageBatch(
  page: HttpPage,
  items: readonly unknown[],
  { path, first }: { readonly path: string; readonly first: number },
): RecordBatch<HttpRecord> {
  const records: HttpRecord[] = [];
  const indexes: number[] = [];
  const malformed: MalformedRecord[] = [];
  const pointer = `${page.shownUrl}#${jsonPointer(path)}`;
  const position = (index: number) => ({ source: `${pointer}/${index}`, line: null, byteOffset: null });
  for (let index = first; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item === "object" && item !== null && !Array.isArray(item)) {
      records.push(withTextFields(item as Record<string, unknown>));
      indexes.push(index);
    } else {
      const raw = String(
        JSON.stringify(item, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      );
      const reason = "not a JSON object";
      malformed.push({ code: "JSON_RECORD", reason, raw: raw.slice(0, 10_000), position: position(index) });
    }
  }
  return { records, malformed, bytes: page.bytes, position: (index) => position(indexes[index]!) };
}

function itemsAt({ body, shownUrl: shown }: HttpPage, path: string): readonly unknown[] {
  const items = valueAt(body, path);
  if (Array.isArray(items)) return items;
  const answer = beginning(
    JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );
  throw new FatalError(
    "HTTP_RECORDS",
    `${path === "" ? "The answer" : `"${path}"`} of ${shown} is no array of records: ${answer}`,
    { fix: "Give `records` the path of the array, such as `data.items`" },
  );
}

function baseUrl({ url: text, query = {} }: HttpOptions): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new FatalError("HTTP_URL", "The URL of an HTTP source is none of http: or https:, or has a login in it", {
      fix: "Write it as https://host/path; a login comes from the environment, by `auth`",
    });
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

function fetchOptions(options: HttpOptions, signal: AbortSignal): FetchPageOptions {
  const {
    headers = {},
    auth,
    timeoutMs = 60_000,
    maxPageBytes = 64 * 1024 * 1024,
    requestsPerSecond = null,
    log,
  } = options;
  return {
    headers,
    login: authHeaders(auth, process.env),
    variables: authVariables(auth),
    timeoutMs,
    maxPageBytes,
    requestsPerSecond,
    retry: { maxAttempts: 5, ...options.retry },
    log,
    signal,
  };
}

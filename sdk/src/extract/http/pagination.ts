import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { valueAt } from "./json-path.ts";
import { nextLink } from "./link-header.ts";
import type { HttpPage } from "./page.ts";

/** How a server cuts its records into pages. The last page is one without records, or one that names no next. */
export type HttpPagination =
  /** All in one answer. */
  | { readonly kind: "none" }
  /** Pages by number; `size` records are asked for, and fewer may come. */
  | {
      readonly kind: "page";
      /** Default `page`. */
      readonly parameter?: string;
      /** Number of the first page. Default 1. */
      readonly first?: number;
      readonly size?: number;
      /** Default `per_page`. */
      readonly sizeParameter?: string;
    }
  /** By the number of records that came before. */
  | {
      readonly kind: "offset";
      /** Default `offset`. */
      readonly parameter?: string;
      readonly limit?: number;
      /** Default `limit`. */
      readonly limitParameter?: string;
    }
  /** Each page has, at the path `next`, the cursor of the following one. */
  | {
      readonly kind: "cursor";
      readonly next: string;
      /** Default `cursor`. */
      readonly parameter?: string;
    }
  /** Each page has, at the path `next`, the URL of the following one. */
  | { readonly kind: "next"; readonly next: string }
  /** Each answer's `Link` header has the URL of the following page, `rel="next"`. */
  | { readonly kind: "link" };

/** What tells a page from the others: its number, offset, cursor or URL; null for the first. */
export type PageState = string | number | null;

/** The URL of a page. Raises FatalError HTTP_PAGINATION where it is on another server. */
export function pageUrl(base: URL, pagination: HttpPagination, state: PageState): URL {
  const url = new URL(base);
  const set = (name: string, value: string | number | undefined) => {
    if (value !== undefined) url.searchParams.set(name, String(value));
  };
  switch (pagination.kind) {
    case "none":
      return url;
    case "page":
      set(pagination.sizeParameter ?? "per_page", pagination.size);
      set(pagination.parameter ?? "page", state ?? pagination.first ?? 1);
      return url;
    case "offset":
      set(pagination.limitParameter ?? "limit", pagination.limit);
      set(pagination.parameter ?? "offset", state ?? 0);
      return url;
    case "cursor":
      set(pagination.parameter ?? "cursor", state ?? undefined);
      return url;
    case "next":
    case "link":
      return state === null ? url : sameServer(url, String(state));
  }
}

/** What tells the page after this one; null where this is the last. Raises FatalError HTTP_PAGINATION. */
export function nextPage(pagination: HttpPagination, page: HttpPage, records: number, state: PageState): PageState {
  switch (pagination.kind) {
    case "none":
      return null;
    case "page":
      return records === 0 ? null : Number(state ?? pagination.first ?? 1) + 1;
    case "offset":
      return records === 0 ? null : Number(state ?? 0) + records;
    case "cursor":
      return cursorAt(page, pagination.next);
    case "next": {
      const next = cursorAt(page, pagination.next);
      return next === null ? null : resolveUrl(page, String(next));
    }
    case "link": {
      const next = nextLink(page.link);
      return next === null ? null : resolveUrl(page, next);
    }
  }
}

/** A page's state as JSON keeps it. */
export function isPageState(value: Json | undefined): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function cursorAt({ body, shownUrl }: HttpPage, path: string): PageState {
  const next = valueAt(body, path);
  if (next === undefined || next === null || next === "" || next === false) return null;
  if (typeof next === "string" || typeof next === "number") return next;
  if (typeof next === "bigint") return String(next);
  throw new FatalError("HTTP_PAGINATION", `"${path}" of ${shownUrl} is neither text nor a number`, {
    fix: "Give `pagination.next` the path of what names the next page",
  });
}

function resolveUrl({ url, shownUrl }: HttpPage, next: string): string {
  if (URL.canParse(next, url.href)) return new URL(next, url).href;
  throw new FatalError("HTTP_PAGINATION", `${shownUrl} names a next page that is no URL`, {
    fix: "Look whether `pagination` is what the server uses",
  });
}

/** A page on another server would be given this one's login. */
function sameServer(base: URL, next: string): URL {
  const url = new URL(next);
  if (url.origin === base.origin) return url;
  throw new FatalError("HTTP_PAGINATION", `${base.origin} names a next page on another server, ${url.origin}`, {
    fix: "Use that server's URL, with its scheme and port, as `url`",
  });
}

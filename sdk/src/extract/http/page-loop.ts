import { FatalError } from "../../errors/millrace-error.ts";

/**
 * Notices that pages come again, in as little memory for a million pages as for ten (Brent: each is compared with one that
 * was seen, which moves on after 1, 2, 4, 8 … pages).
 */
export class PageLoop {
  #kept: string | undefined;
  #sinceKept = 0;
  #power = 1;

  /** Raises FatalError HTTP_PAGE_LOOP where the page that `url` leads to was read before. */
  check(key: string, url: string): void {
    if (key === this.#kept) throw pageLoop(url);
    this.#sinceKept += 1;
    if (this.#sinceKept < this.#power && this.#kept !== undefined) return;
    this.#kept = key;
    this.#power *= 2;
    this.#sinceKept = 0;
  }
}

export function pageLoop(url: string): FatalError {
  return new FatalError("HTTP_PAGE_LOOP", `${url} leads to pages that were read before`, {
    fix: "Look whether `pagination` is what the server uses: it may not heed the parameter",
  });
}

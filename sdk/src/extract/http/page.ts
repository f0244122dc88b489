/** What a server answered for one page. */
export interface HttpPage {
  readonly url: URL;
  /** Without secrets. */
  readonly shownUrl: string;
  /** Its numbers keep their value: see `parseExactValue`. */
  readonly body: unknown;
  /** Of the body, uncompressed. */
  readonly bytes: number;
  /** The same for the same body. */
  readonly digest: string;
  /** The `Link` header. */
  readonly link: string | null;
  /** When it was answered by the server's own clock, as an ISO string; by ours where it does not say. */
  readonly date: string;
}

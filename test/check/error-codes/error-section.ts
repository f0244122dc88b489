/** Some codes that go together, as docs/errors.md shows them. */
export interface ErrorSection {
  readonly title: string;
  /** Said ahead of the table. */
  readonly note?: string;
  readonly errors: readonly ExplainedError[];
}

interface ExplainedError {
  /** Several where the same is to be done. */
  readonly codes: readonly string[];
  /** Markdown, without a full stop. */
  readonly cause: string;
  readonly fix: string;
}

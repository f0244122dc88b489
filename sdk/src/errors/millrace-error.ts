/** What the runner does about an error: stop the run, back off and try again, or put the record aside. */
export type ErrorKind = "fatal" | "retryable" | "record";

export interface MillraceErrorOptions {
  /** What to do about it: the sentence after the message. */
  readonly fix?: string;
  /** Facts for machines and logs; never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The base of every error that Millrace raises: `[CODE] what happened. What to do.` */
export class MillraceError extends Error {
  readonly code: string;
  readonly kind: ErrorKind = "fatal";
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: MillraceErrorOptions = {}) {
    const { fix, details, cause } = options;
    super(
      `[${code}] ${sentence(message)}${fix ? ` ${sentence(fix)}` : ""}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = new.target.name;
    this.code = code;
    this.details = details ?? {};
  }
}

/** The run can not go on: configuration, a missing table, a broken promise. */
export class FatalError extends MillraceError {
  override readonly kind = "fatal";
}

/**
 * There is nothing to do, and that is as it should be: no file today, nothing published yet. Airflow skips the task, and
 * those behind it; where a scheduler has no such thing, the run fails and is not tried again. What was committed stays.
 */
export class SkipError extends MillraceError {
  constructor(reason: string, options: MillraceErrorOptions = {}) {
    super("SKIPPED", reason, options);
  }
}

/** The same attempt may succeed later: a lost connection, a lock that was not had, a server that is busy. */
export class RetryableError extends MillraceError {
  override readonly kind = "retryable";
  /** The earliest moment for the next attempt, in milliseconds from now, where the other side named one. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: MillraceErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** One record can not be loaded; it becomes a dead letter and the others go on. */
export class RecordError extends MillraceError {
  override readonly kind = "record";
  readonly rejection: { readonly code: string; readonly reason: string; readonly field: string | null };

  constructor(code: string, reason: string, options: MillraceErrorOptions & { readonly field?: string } = {}) {
    super(code, reason, options);
    this.rejection = { code, reason, field: options.field ?? null };
  }
}

function sentence(text: string): string {
  return /[.!?\u2026]$/.test(text) ? text : `${text}.`;
}

// A user (`me@server`, as Azure has them) and a password may have an @ in them that nobody has encoded: the last one ends them.
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#]*):[^\s/?#]*@/gi;
const KEYWORD_PASSWORD = /\b(password|pwd)=('[^']*'|[^\s&]+)/gi;

/** The text with the passwords of URLs and connection strings in it replaced by `***`. */
export function redact(text: string): string {
  return text.replace(URL_PASSWORD, "$1:***@").replace(KEYWORD_PASSWORD, "$1=***");
}

/** Whatever is to be shown, with each text in it redacted; errors and others with a class of their own are left as they are. */
export function redactAll(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactAll(inner)]));
}

/** The error itself, its message and stack redacted, and those of its causes: whoever catches it may show it. */
export function redactError<Thrown>(error: Thrown): Thrown {
  redactInPlace(error, new Set());
  return error;
}

function redactInPlace(error: unknown, seen: Set<unknown>): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  for (const property of ["message", "stack"] as const) {
    const text = error[property];
    if (typeof text === "string") Reflect.set(error, property, redact(text));
  }
  redactInPlace(error.cause, seen);
  if (error instanceof AggregateError) for (const inner of error.errors) redactInPlace(inner, seen);
}

import { inspect } from "./builtins.ts";
import type { PipesException } from "./protocol.ts";
import { type TrimLimits, trimText } from "./trim.ts";

// Causes beyond this are a loop or no help.
const maxCauses = 20;

/** An error as the protocol carries it, with its chain of causes; whatever was thrown, and however it is made. */
export function toPipesException(thrown: unknown): PipesException {
  return convert(thrown, []);
}

/** Long messages and stacks cut, with a word that they were. */
export function trimException(exception: PipesException, limits: TrimLimits): PipesException {
  const { message, stack, name, cause, context } = exception;
  const kept = stack.slice(0, limits.maxItems).map((line) => trimText(line, limits.maxText));
  return {
    message: trimText(message, limits.maxText),
    stack: kept.length < stack.length ? [...kept, `    … [trimmed, ${stack.length} frames in all]\n`] : kept,
    name: name === null ? null : trimText(name, limits.maxText),
    cause: cause && trimException(cause, limits),
    context: context && trimException(context, limits),
  };
}

function convert(thrown: unknown, seen: readonly unknown[]): PipesException {
  if (!(thrown instanceof Error)) return fromOther(thrown);
  const name = read(() => thrown.name) || "Error";
  const text = read(() => thrown.message);
  const below = [...seen, thrown];
  const cause = read(
    () => thrown.cause ?? (thrown instanceof AggregateError ? thrown.errors[0] : undefined),
    undefined,
  );
  const follow = cause !== undefined && cause !== null && !below.includes(cause) && below.length < maxCauses;
  return {
    message: `${text}${others(thrown)}`.toWellFormed(),
    stack: stackLines(read(() => thrown.stack ?? "")),
    name: name.toWellFormed(),
    cause: follow ? convert(cause, below) : null,
    context: null,
  };
}

function fromOther(thrown: unknown): PipesException {
  const name = thrown === null ? "null" : typeof thrown;
  const text = typeof thrown === "string" ? thrown : read(() => inspect(thrown));
  return { message: `${name} thrown: ${text}`.toWellFormed(), stack: [], name, cause: null, context: null };
}

/** The errors inside an AggregateError, which has no message of its own worth reading. */
function others(error: Error): string {
  if (!(error instanceof AggregateError)) return "";
  const lines = error.errors.map(
    (inner: unknown) =>
      `\n  - ${read(() => (inner instanceof Error ? `${inner.name}: ${inner.message}` : String(inner)))}`,
  );
  return ` (${lines.length} errors)${lines.slice(0, 50).join("")}`;
}

/** The stack as JavaScript prints it, with newlines: the orchestrator joins without. */
function stackLines(stack: string): string[] {
  return stack === "" ? [] : stack.split("\n").map((line) => `${line.toWellFormed()}\n`);
}

// Getters of a strange error may throw; the report of a failure must not.
function read(get: () => string): string;
function read(get: () => unknown, otherwise: undefined): unknown;
function read(get: () => unknown, ...otherwise: undefined[]): unknown {
  try {
    const value = get();
    return otherwise.length > 0 || typeof value === "string" ? value : String(value);
  } catch {
    return otherwise.length > 0 ? undefined : "(unreadable)";
  }
}

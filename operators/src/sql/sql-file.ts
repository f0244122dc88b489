import { FatalError, type Partition } from "@millrace/sdk";

/** A value that a statement is given, by name. */
export type SqlParameters = Readonly<Record<string, string | number | boolean | null>>;

/** A statement: its text, and the values that stand between. */
export interface SqlStatement {
  readonly parts: readonly (string | { readonly value: SqlParameters[string] })[];
  /** On which it begins in the file, from 1. */
  readonly line: number;
}

/**
 * What each piece of a script is: comments (block comments nest, which this takes to a depth of two), strings, dollar-quoted
 * bodies, quoted names, casts, `:name` for a parameter, and the end of a statement.
 */
const PIECE =
  /--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*\*\/|\b[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|(\$(?:[A-Za-z_]\w*)?\$)[^]*?\1|"(?:[^"]|"")*"|::|:=|:([A-Za-z_]\w*)|;/g;

/**
 * Cuts a script into its statements, with parameters as bind values: what is in a string, a quoted name or a comment is none.
 * Raises FatalError SQL_PARAMETER for a `:name` that has no value.
 */
export function sqlStatements(script: string, parameters: SqlParameters): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let parts: SqlStatement["parts"][number][] = [];
  let began = 0;
  let copied = 0;
  const finish = (end: number) => {
    parts.push(script.slice(copied, end));
    const [blank = ""] = BLANK.exec(script.slice(began, end)) ?? [];
    if (began + blank.length < end)
      statements.push({ parts, line: script.slice(0, began + blank.length).split("\n").length });
    parts = [];
    began = copied = end + 1;
  };
  for (const { 0: piece, 2: name, index } of script.matchAll(PIECE)) {
    if (piece === ";") finish(index);
    if (name === undefined) continue;
    if (!Object.hasOwn(parameters, name)) throw unknown(name, parameters);
    parts.push(script.slice(copied, index), { value: parameters[name] ?? null });
    copied = index + piece.length;
  }
  finish(script.length);
  return statements;
}

/** Spaces and comments, ahead of a statement. */
const BLANK = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/;

/** What a partition gives to a statement: its key, and of a partition of time where it begins and ends. */
export function partitionParameters(partition: Partition | null | undefined): SqlParameters {
  if (partition === undefined || partition === null) return {};
  if (partition.kind === "named") return { partition: partition.key };
  if (partition.kind === "multi") {
    const dimensions = Object.entries(partition.dimensions).flatMap(([name, dimension]) => [
      [name, dimension.key],
      ...(dimension.kind === "time" ? Object.entries(window(dimension)) : []),
    ]);
    return { partition: partition.key, ...(Object.fromEntries(dimensions) as SqlParameters) };
  }
  return { partition: partition.key, ...window(partition) };
}

function window({ start, end }: { readonly start: string; readonly end: string }): SqlParameters {
  return { partition_start: start, partition_end: end };
}

function unknown(name: string, parameters: SqlParameters): FatalError {
  const known = Object.keys(parameters);
  return new FatalError("SQL_PARAMETER", `There is no value for :${name}`, {
    fix: `${known.length > 0 ? `There are :${known.join(", :")}` : "There are none"}; others come from \`parameters\`, and those of a partition only with \`partitions\``,
  });
}

import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "./json.ts";
import { parseExactJson } from "./parse-exact-json.ts";

export interface PipesProvenance {
  readonly code_version: string;
  readonly input_data_versions: Readonly<Record<string, string>>;
  readonly is_user_provided: boolean;
}

export interface PipesBounds {
  readonly start: string;
  readonly end: string;
}

/** The context as the orchestrator writes it; every key is there, null where it does not apply. */
export interface PipesContextData {
  readonly asset_keys: readonly string[] | null;
  readonly code_version_by_asset_key: Readonly<Record<string, string | null>> | null;
  readonly provenance_by_asset_key: Readonly<Record<string, PipesProvenance | null>> | null;
  readonly partition_key: string | null;
  readonly partition_key_range: PipesBounds | null;
  readonly partition_time_window: PipesBounds | null;
  readonly run_id: string;
  readonly job_name: string | null;
  readonly retry_number: number;
  readonly extras: Readonly<Record<string, Json>>;
}

type Test = (value: unknown) => boolean;

const isString: Test = (value) => typeof value === "string";
const isRecord: Test = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isBounds: Test = (value) =>
  isRecord(value) && isString((value as PipesBounds).start) && isString((value as PipesBounds).end);
const isStrings: Test = (value) => Array.isArray(value) && value.every(isString);
const isProvenance: Test = (value) => isRecord(value) && isRecord((value as PipesProvenance).input_data_versions);
const recordOf =
  (test: Test): Test =>
  (value) =>
    isRecord(value) && Object.values(value as object).every((item) => item === null || test(item));

const optional: readonly (readonly [keyof PipesContextData, Test, string])[] = [
  ["asset_keys", isStrings, "an array of strings"],
  ["code_version_by_asset_key", recordOf(isString), "an object of strings"],
  ["provenance_by_asset_key", recordOf(isProvenance), "an object of provenances"],
  ["partition_key", isString, "a string"],
  ["partition_key_range", isBounds, "an object of start and end"],
  ["partition_time_window", isBounds, "an object of start and end"],
  ["job_name", isString, "a string"],
  ["retry_number", (value) => Number.isSafeInteger(value) && (value as number) >= 0, "a whole number"],
  ["extras", isRecord, "an object"],
];

/** The context in a JSON text. Raises PIPES_CONTEXT_INVALID, saying where it was and what is wrong with it. */
export function parseContextData(text: string, origin: string): PipesContextData {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch (cause) {
    throw cause instanceof FatalError ? cause : invalid(`The context in ${origin} is not JSON`, cause);
  }
  return toContextData(value, origin);
}

/** The context in a JSON value; keys that are left out are null. Raises PIPES_CONTEXT_INVALID. */
export function toContextData(value: unknown, origin: string): PipesContextData {
  if (!isRecord(value)) throw invalid(`The context in ${origin} is not a JSON object`);
  const given = value as Record<string, unknown>;
  if (!isString(given["run_id"])) throw invalid(`The context in ${origin} has no run_id`);
  for (const [key, test, expected] of optional) {
    if (given[key] != null && !test(given[key])) throw invalid(`${key} in ${origin} is not ${expected}`);
  }
  const nulls = Object.fromEntries(optional.map(([key]) => [key, null]));
  return {
    ...nulls,
    ...given,
    retry_number: given["retry_number"] ?? 0,
    extras: given["extras"] ?? {},
  } as unknown as PipesContextData;
}

function invalid(message: string, cause?: unknown): FatalError {
  return new FatalError("PIPES_CONTEXT_INVALID", message, {
    fix: "See docs/protocol.md for what a launcher must pass",
    cause,
  });
}

import { FatalError } from "../../errors/millrace-error.ts";
import { zlib } from "./builtins.ts";
import { parseExactJson } from "./parse-exact-json.ts";
import { contextVariable, messagesVariable } from "./protocol.ts";

/** Where the context is and where messages go, as the orchestrator says it. */
export interface PipesParams {
  readonly context: Readonly<Record<string, unknown>>;
  readonly messages: Readonly<Record<string, unknown>>;
}

export interface ParamsSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Command-line arguments, searched for `--dagster-pipes-context` and `--dagster-pipes-messages`. */
  readonly argv?: readonly string[];
}

const maxParamBytes = 64 * 1024 * 1024;
const contextArgument = "--dagster-pipes-context";
const messagesArgument = "--dagster-pipes-messages";

/**
 * The params of the process, from its arguments or else its environment; null where neither has them, i.e. no
 * orchestrator launched it. Raises PIPES_PARAMS_INVALID for params that can not be read.
 */
export function findParams({ env = process.env, argv = process.argv }: ParamsSources = {}): PipesParams | null {
  const fromArguments = argument(argv, contextArgument);
  if (fromArguments !== undefined)
    return pair(fromArguments, argument(argv, messagesArgument), [contextArgument, messagesArgument]);
  // An empty variable is how a shell or a compose file says that there is none.
  if (!env[contextVariable]) return null;
  return pair(env[contextVariable], env[messagesVariable], [contextVariable, messagesVariable]);
}

/** A param as it travels: base64 of zlib of JSON. */
export function encodeParam(value: unknown): string {
  return zlib().deflateSync(JSON.stringify(value)).toString("base64");
}

/** The object in a param. Raises PIPES_PARAMS_INVALID, naming the param, for anything else. */
export function decodeParam(text: string, name = "param"): Record<string, unknown> {
  let value: unknown;
  try {
    const json = zlib().inflateSync(Buffer.from(text, "base64"), { maxOutputLength: maxParamBytes });
    value = parseExactJson(json.toString("utf8"));
  } catch (cause) {
    if (cause instanceof FatalError) throw cause;
    throw invalid(name, "is not base64 of zlib of JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(name, "holds no JSON object");
  return value as Record<string, unknown>;
}

function pair(
  context: string,
  messages: string | undefined,
  [contextName, messagesName]: readonly [string, string],
): PipesParams {
  if (!messages) throw invalid(messagesName, `is missing, though ${contextName} is there`);
  return { context: decodeParam(context, contextName), messages: decodeParam(messages, messagesName) };
}

function argument(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return undefined;
  const found = argv[at] ?? "";
  return found === name ? (argv[at + 1] ?? "") : found.slice(name.length + 1);
}

function invalid(name: string, problem: string, cause?: unknown): FatalError {
  return new FatalError("PIPES_PARAMS_INVALID", `${name} ${problem}`, {
    fix: "Let a Dagster Pipes client set it; to run without one, unset both",
    cause,
  });
}

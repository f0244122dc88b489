import type { ExactJson } from "./json.ts";
import type { MetadataValue } from "./metadata-value.ts";

/** The version of the protocol, which every message carries. */
export const protocolVersion = "0.1";

export const contextVariable = "DAGSTER_PIPES_CONTEXT";
export const messagesVariable = "DAGSTER_PIPES_MESSAGES";

/** The levels of a log message, as the orchestrator names them. */
export type LogLevel = "debug" | "info" | "warning" | "error" | "critical";

export type StdioStream = "stdout" | "stderr";

/** An error as it travels, all five fields always there. */
export interface PipesException {
  readonly message: string;
  /** One line a frame, each ending in a newline. */
  readonly stack: readonly string[];
  readonly name: string | null;
  readonly cause: PipesException | null;
  readonly context: PipesException | null;
}

type Metadata = Readonly<Record<string, MetadataValue>>;

/** The parameters of each method: exactly these, since the orchestrator refuses a missing or an extra one. */
interface MessageParams {
  readonly opened: { readonly extras: Readonly<Record<string, ExactJson>> };
  readonly closed: { readonly exception?: PipesException };
  readonly log: { readonly message: string; readonly level: Uppercase<LogLevel> };
  readonly report_asset_materialization: {
    readonly asset_key: string;
    readonly metadata: Metadata | null;
    readonly data_version: string | null;
  };
  readonly report_asset_check: {
    readonly asset_key: string;
    readonly check_name: string;
    readonly passed: boolean;
    readonly severity: "WARN" | "ERROR";
    readonly metadata: Metadata | null;
  };
  readonly report_custom_message: { readonly payload: ExactJson };
  readonly log_external_stream: {
    readonly stream: StdioStream;
    readonly text: string;
    readonly extras: Readonly<Record<string, ExactJson>>;
  };
}

type Method = keyof MessageParams;

/** A message of any method. */
export type PipesMessage = {
  readonly [M in Method]: { readonly method: M; readonly params: MessageParams[M] };
}[Method];

import type { PipesMessage } from "../protocol.ts";
import type { PipesWriter } from "./writer.ts";

/** Prints each message for a person to read, on stderr. */
export function openLocalWriter(
  print: (text: string) => void = (text) => process.stderr.write(`${text}\n`),
): PipesWriter {
  return {
    write: (_, message) => {
      const text = describe(message);
      if (text !== null) print(text);
    },
    flush: async () => {},
    close: async () => {},
    closeNow: () => {},
  };
}

function describe(message: PipesMessage): string | null {
  const { method, params } = message;
  switch (method) {
    case "opened":
    case "log_external_stream":
      return null;
    case "closed":
      return params.exception ? `failed  ${params.exception.message}` : null;
    case "log":
      return `${params.level.toLowerCase().padEnd(7)} ${params.message}`;
    case "report_asset_materialization":
      return `asset   ${params.asset_key}${facts(params.metadata)}`;
    case "report_asset_check":
      return `check   ${params.check_name} of ${params.asset_key}: ${verdict(params.passed, params.severity)}${facts(params.metadata)}`;
    case "report_custom_message":
      return describePayload(params.payload);
  }
}

function describePayload(payload: unknown): string {
  const known = payload as Record<string, never> | null;
  switch (known?.["type"] as string | undefined) {
    case "partition_completed":
      return `done    ${known?.["partition"]}${facts(known?.["metadata"] ?? null)}`;
    case "partition_failed":
      return `failed  ${known?.["partition"]}: ${(known?.["error"] as { message?: string } | undefined)?.message}`;
    case "check_evaluated":
      return `check   ${known?.["check_name"]} of ${known?.["partition"]}: ${verdict(known?.["passed"] ?? false, String(known?.["severity"]))}`;
    default:
      return `message ${JSON.stringify(payload, digits)}`;
  }
}

function verdict(passed: boolean, severity: string): string {
  return passed ? "passed" : severity === "WARN" ? "did not pass (a warning)" : "did not pass";
}

function facts(metadata: Readonly<Record<string, { readonly raw_value: unknown }>> | null): string {
  return Object.entries(metadata ?? {})
    .map(
      ([name, { raw_value: raw }]) =>
        `\n          ${name}: ${typeof raw === "object" && raw !== null ? JSON.stringify(raw, digits) : String(raw)}`,
    )
    .join("");
}

function digits(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

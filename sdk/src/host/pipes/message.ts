import { trimException } from "./exception.ts";
import { encodeJson, type ExactJson, floatLiteral } from "./json.ts";
import type { MetadataValue } from "./metadata-value.ts";
import { payloadMetadata } from "./partition-messages.ts";
import { type PipesMessage, protocolVersion } from "./protocol.ts";
import { trimMetadata } from "./trim-metadata.ts";
import { trimText, trimTexts, trimToFit } from "./trim.ts";

/**
 * The longest message in bytes. Readers take a partly written line for a whole one, and a write of more than about
 * 1 MiB can be seen in parts.
 */
export const maxMessageBytes = 960_000;

/** The line of a message, without its newline, in ASCII and short enough: what is too long is trimmed, and says so. */
export function encodeMessage(message: PipesMessage): string {
  const line = encode(message);
  return line.length <= maxMessageBytes ? line : encode(trimToFit(message, maxMessageBytes, trimMessage));
}

function trimMessage(message: PipesMessage, limits: { maxText: number; maxItems: number }): PipesMessage {
  switch (message.method) {
    case "log":
      return { ...message, params: { ...message.params, message: trimText(message.params.message, limits.maxText) } };
    case "closed": {
      const { exception } = message.params;
      return exception ? { ...message, params: { exception: trimException(exception, limits) } } : message;
    }
    case "report_asset_materialization":
    case "report_asset_check": {
      const { metadata } = message.params;
      return {
        ...message,
        params: { ...message.params, metadata: metadata && trimMetadata(metadata, limits) },
      } as PipesMessage;
    }
    case "report_custom_message": {
      const payload = trimTexts(message.params.payload, limits);
      const metadata = payloadMetadata(message.params.payload);
      const trimmed = metadata ? { ...(payload as object), metadata: trimMetadata(metadata, limits) } : payload;
      return { ...message, params: { payload: trimmed as ExactJson } };
    }
    case "opened":
    case "log_external_stream":
      return message;
  }
}

function encode(message: PipesMessage): string {
  const { method } = message;
  return encodeJson({ __dagster_pipes_version: protocolVersion, method, params: wireParams(message) });
}

function wireParams({ method, params }: PipesMessage): object {
  if (method === "report_custom_message") {
    const metadata = payloadMetadata(params.payload);
    return metadata ? { payload: { ...(params.payload as object), metadata: wireMetadata(metadata) } } : params;
  }
  return "metadata" in params && params.metadata ? { ...params, metadata: wireMetadata(params.metadata) } : params;
}

/** Dagster refuses `7` for a float: it must read `7.0`. */
function wireMetadata(metadata: Readonly<Record<string, MetadataValue>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      value.type === "float" && typeof value.raw_value === "number"
        ? { type: value.type, raw_value: floatLiteral(value.raw_value) }
        : value,
    ]),
  );
}

import { FatalError } from "../../../errors/millrace-error.ts";
import type { StdioStream } from "../protocol.ts";
import { openFileWriter } from "./file-writer.ts";
import { openBufferedStdioWriter, openStdioWriter } from "./stdio-writer.ts";
import type { PipesWriter } from "./writer.ts";

/** The writer that the launcher's message params ask for. Raises PIPES_PARAMS_INVALID for params of no known writer. */
export async function openWriter(params: Readonly<Record<string, unknown>>): Promise<PipesWriter> {
  if ("path" in params) return openFileWriter(text(params, "path"));
  if ("stdio" in params) return openStdioWriter(stream(params, "stdio"));
  if ("buffered_stdio" in params) return openBufferedStdioWriter(stream(params, "buffered_stdio"));
  if ("bucket" in params) {
    // The AWS SDK is large and optional: nobody else loads it.
    const { openS3Writer } = await import("./s3-writer.ts");
    return openS3Writer({
      bucket: text(params, "bucket"),
      keyPrefix: params["key_prefix"] == null ? null : text(params, "key_prefix"),
    });
  }
  throw invalid(`The params for messages name no known destination: ${Object.keys(params).join(", ") || "none"}`);
}

function stream(params: Readonly<Record<string, unknown>>, name: string): StdioStream {
  const value = params[name];
  if (value !== "stdout" && value !== "stderr")
    throw invalid(`"${name}" of the params for messages is not stdout or stderr`);
  return value;
}

function text(params: Readonly<Record<string, unknown>>, name: string): string {
  const value = params[name];
  if (typeof value !== "string" || value === "") throw invalid(`"${name}" of the params for messages is not a text`);
  return value;
}

function invalid(message: string): FatalError {
  return new FatalError("PIPES_PARAMS_INVALID", message, {
    fix: "Use a message reader for a file, stdout, stderr or S3, or pass your own `openWriter` to `openPipes`",
  });
}

import { z } from "zod";
import { metadataRecord } from "./metadata-schema.ts";

const version = z.literal("0.1");
const extras = z.record(z.string(), z.json());
const assetKey = z.string().describe("Parts joined by `/`; `/` and `\\` inside a part are escaped with `\\`.");

/** An error with its chain of causes, all five fields always there. */
export const exception = z
  .strictObject({
    message: z.string(),
    stack: z.array(z.string()).describe("One line a frame, each ending in a newline."),
    name: z.string().nullable().describe("The error's class."),
    get cause() {
      return exception.nullable();
    },
    get context() {
      return exception.nullable();
    },
  })
  .meta({ id: "exception", title: "Error" }) as z.ZodType<Exception>;

export interface Exception {
  message: string;
  stack: string[];
  name: string | null;
  cause: Exception | null;
  context: Exception | null;
}

const message = <Method extends string, Params extends z.ZodType>(
  method: Method,
  params: Params,
  description: string,
) =>
  z
    .strictObject({ __dagster_pipes_version: version, method: z.literal(method), params })
    .meta({ title: method, description });

/** The messages, by method. */
export const messages = {
  opened: message("opened", z.strictObject({ extras }), "The first message: the process has read its context."),
  closed: message(
    "closed",
    z.strictObject({ exception: exception.optional() }),
    "The last message; with an exception, never null, where the run failed.",
  ),
  log: message(
    "log",
    z.strictObject({ message: z.string(), level: z.enum(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]) }),
    "A line for the run's log.",
  ),
  report_asset_materialization: message(
    "report_asset_materialization",
    z.strictObject({ asset_key: assetKey, metadata: metadataRecord.nullable(), data_version: z.string().nullable() }),
    "An asset is there; once an asset.",
  ),
  report_asset_check: message(
    "report_asset_check",
    z.strictObject({
      asset_key: assetKey,
      check_name: z.string(),
      passed: z.boolean(),
      severity: z.enum(["WARN", "ERROR"]),
      metadata: metadataRecord.nullable(),
    }),
    "What a check found; once a check.",
  ),
  report_custom_message: message(
    "report_custom_message",
    z.strictObject({ payload: z.json() }),
    "Anything, for whoever launched the process.",
  ),
  log_external_stream: message(
    "log_external_stream",
    z.strictObject({ stream: z.enum(["stdout", "stderr"]), text: z.string(), extras: extras.optional() }),
    "What the process, or one that it started, printed.",
  ),
} as const;

export const anyMessage = z
  .discriminatedUnion("method", [
    messages.opened,
    messages.closed,
    messages.log,
    messages.report_asset_materialization,
    messages.report_asset_check,
    messages.report_custom_message,
    messages.log_external_stream,
  ])
  .meta({ title: "Message", description: "One line of what a process says to its launcher." });

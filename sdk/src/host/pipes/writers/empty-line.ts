import { encodeMessage } from "../message.ts";

/** A message that says nothing: Dagster writes its text, which is empty, to its stdout. */
export const emptyLine: string = encodeMessage({
  method: "log_external_stream",
  params: { stream: "stdout", text: "", extras: {} },
});

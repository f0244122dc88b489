import type { ErrorSection } from "./error-section.ts";

export const pipes: ErrorSection = {
  title: "Pipes",
  errors: [
    {
      codes: ["PIPES_CONTEXT_MISSING"],
      cause: "no launcher speaks to this process",
      fix: "launch it through Dagster, or use the local host",
    },
    {
      codes: ["PIPES_CONTEXT_INVALID", "PIPES_PARAMS_INVALID"],
      cause: "what the launcher passed can not be read",
      fix: "see [protocol.md](protocol.md)",
    },
    {
      codes: ["PIPES_WRITE_FAILED"],
      cause: "messages can not be written where the launcher asked",
      fix: "the cause says why",
    },
    { codes: ["PIPES_MESSAGE_TOO_LONG"], cause: "a message can not be made short enough", fix: "send less" },
    {
      codes: ["PIPES_ARGUMENT_INVALID", "METADATA_INVALID"],
      cause: "the orchestrator would refuse the message",
      fix: "correct the call",
    },
    { codes: ["PIPES_CLOSED"], cause: "something was reported after the session had closed", fix: "report before" },
    {
      codes: ["PIPES_NOT_CLOSED", "PIPES_EXIT_CODE"],
      cause: "the process ended without closing, or with an exit code of its own",
      fix: "close the session; do not call `process.exit`",
    },
    {
      codes: ["PIPES_STOPPED", "PIPES_LAUNCHER_GONE"],
      cause: "the launcher asked the process to stop, or is gone",
      fix: "none: it is meant so",
    },
    {
      codes: ["PIPES_S3_MISSING"],
      cause: "messages go through S3, and `@aws-sdk/client-s3` is not installed",
      fix: "install it",
    },
  ],
};

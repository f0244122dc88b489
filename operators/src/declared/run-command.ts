import { z } from "zod";
import { runCommand } from "../command/run-command.ts";
import { operatorKind } from "./kind.ts";

const codes = z.array(z.int().min(0).max(255)).optional();

export const runCommandKind = operatorKind({
  kind: "run_command",
  description:
    "Runs a command: what it prints goes to the log, and it ends with the operator, with all that it has started.",
  config: z.strictObject({
    command: z
      .array(z.string())
      .min(1)
      .describe(
        "The program and its arguments, without a shell; arguments may have {partition}, {year}, {month}, {day} in them",
      ),
    directory: z.string().optional().describe("Where it runs, from the project's folder. Default: there"),
    env: z.record(z.string(), z.string()).optional().describe("Added to the environment; nothing secret"),
    timeoutMs: z.int().min(1).optional().describe("It is ended when it takes longer"),
    graceMs: z.int().min(0).optional().describe("How long it may take to end once it is asked to. Default 10000"),
    successCodes: codes.describe("Exit codes that are a success. Default [0]"),
    retryCodes: codes.describe("Exit codes after which another attempt may succeed"),
  }),
  create: ({ options, config: { command, ...config } }) =>
    runCommand({ ...options, ...config, command: command as [string, ...string[]] }),
});

import { FatalError, RetryableError, type RunOperator } from "@millrace/sdk";
import { z } from "zod";
import { partitionPart } from "../paths/partition-path.ts";
import { ownOperator } from "../own-operator.ts";
import type { OperatorOptions } from "../table-operator.ts";
import { superviseCommand } from "./supervise.ts";

export interface RunCommandOptions extends OperatorOptions {
  /** The program and its arguments, without a shell; `{partition}` and the like in arguments stand for the partition. */
  readonly command: readonly [string, ...string[]];
  /** From the project's folder. Default: that folder. */
  readonly directory?: string | undefined;
  /** Added to the environment of this process, without what only Millrace needs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The command is killed when it takes longer. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** How long it may take to end once it is asked to, before it is killed. Default 10,000. */
  readonly graceMs?: number | undefined;
  /** Exit codes that are a success. Default `[0]`. */
  readonly successCodes?: readonly number[] | undefined;
  /** Exit codes after which another attempt may succeed, as 75 (EX_TEMPFAIL). Default none. */
  readonly retryCodes?: readonly number[] | undefined;
}

/**
 * An operator that runs a command: what it prints goes to the log line by line, and it ends with the operator, together with
 * all processes that it has started. Raises FatalError COMMAND_MISSING, COMMAND_FAILED, COMMAND_TIMEOUT (RetryableError for
 * `retryCodes`).
 */
export function runCommand(options: RunCommandOptions): RunOperator {
  const { command, directory, env = {}, timeoutMs, graceMs = 10_000, successCodes = [0], retryCodes = [] } = options;
  return ownOperator(options, {
    config: z.object({
      arguments: z.array(z.string()).default([]).describe("Arguments that are added to the command"),
    }),
    run: async ({ config, log, signal, metadata, run, partition }) => {
      const [program, ...given] = command;
      const args = [...given.map((argument) => partitionPart(argument, partition)), ...config.arguments];
      const ended = await superviseCommand([program, ...args], {
        directory,
        env: { ...env, MILLRACE_RUN_ID: run.id, ...(partition && { MILLRACE_PARTITION: partition.key }) },
        timeoutMs,
        graceMs,
        signal,
        onLine: (stream, line) => log.info("command_output", { stream, line }),
      });
      const { code, killedBy, lastLines, lines, durationMs } = ended;
      metadata.add({
        command: [program, ...args].join(" "),
        lines,
        command_seconds: durationMs / 1000,
        ...(code !== null && { exit_code: code }),
      });
      if (code !== null && successCodes.includes(code)) return;
      const how = ended.timedOut
        ? `took longer than ${(timeoutMs ?? 0) / 1000} s`
        : killedBy !== null
          ? `was ended by ${killedBy}`
          : `ended with ${code}`;
      const tail = lastLines.length > 0 ? `; it said at last:\n${lastLines.join("\n")}` : "";
      const Kind = code !== null && retryCodes.includes(code) ? RetryableError : FatalError;
      throw new Kind(ended.timedOut ? "COMMAND_TIMEOUT" : "COMMAND_FAILED", `${program} ${how}${tail}`, {
        details: { code, signal: killedBy },
      });
    },
  });
}

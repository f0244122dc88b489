import { findOperator } from "@millrace/sdk";
import { z } from "zod";
import { exportDeadLetters } from "../dead-letters/export.ts";
import { replayDeadLetters } from "../dead-letters/replay.ts";
import { operatorKind } from "./kind.ts";

const operator = z.string().min(1);

export const replayDeadLettersKind = operatorKind({
  kind: "replay_dead_letters",
  description: "Gives the open dead letters of another operator to it again, as that one is now.",
  config: z.strictObject({
    operator: operator.describe("The name of the operator whose dead letters they are"),
    codes: z.array(z.string()).min(1).optional().describe("Only dead letters with one of these codes, as SCHEMA"),
    overwrite: z.boolean().optional().describe("Of upsert: update rows whose key is there already. Default false"),
  }),
  create: ({ options, config }) =>
    replayDeadLetters({
      ...options,
      ...config,
      // An operator runs in its project's folder.
      operator: async () => (await findOperator(process.cwd(), config.operator)).operator,
    }),
});

export const exportDeadLettersKind = operatorKind({
  kind: "export_dead_letters",
  description: "Writes dead letters to failures_<time>.parquet.",
  config: z.strictObject({
    directory: z.string().min(1).describe("Where the file goes, from the project's folder"),
    operator: operator.optional().describe("An operator's name; all operators where it is left out"),
    status: z
      .enum(["open", "uncommitted", "superseded", "replayed"])
      .optional()
      .describe("Whatever their status where it is left out"),
  }),
  create: ({ options, config }) => exportDeadLetters({ ...options, ...config }),
});

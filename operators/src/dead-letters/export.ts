import {
  exportDeadLetters as exportLetters,
  type ExportDeadLettersOptions as Choice,
  type RunOperator,
} from "@millrace/sdk";
import { z } from "zod";
import { ownOperator } from "../own-operator.ts";
import type { OperatorOptions } from "../table-operator.ts";

export interface ExportDeadLettersOptions extends OperatorOptions {
  /** Where the file goes, from the project's folder. */
  readonly directory: string;
  /** An operator's name; all operators where it is left out. */
  readonly operator?: string | undefined;
  /** Whatever their status where it is left out. */
  readonly status?: Choice["status"] | undefined;
}

/** An operator that writes dead letters to `failures_<time>.parquet`: those of its partition where it has partitions, else all. */
export function exportDeadLetters(options: ExportDeadLettersOptions): RunOperator {
  const { directory, operator, status } = options;
  return ownOperator(options, {
    config: z.object({
      directory: z.string().default(directory).describe("Where the file goes, from the project's folder"),
    }),
    run: async ({ config, databaseUrl, signal, metadata, partition }) => {
      const { file, letters } = await exportLetters({
        databaseUrl,
        signal,
        directory: config.directory,
        ...(operator !== undefined && { operator }),
        ...(status !== undefined && { status }),
        ...(partition && { partition: partition.key }),
      });
      metadata.add({ letters, ...(file !== null && { path: file }) });
    },
  });
}

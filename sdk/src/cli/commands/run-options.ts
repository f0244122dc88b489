import type { CommonOptions } from "./command-context.ts";
import type { PartitionOptions } from "./partition-options.ts";

export interface RunOptions extends CommonOptions, PartitionOptions {
  readonly config?: readonly string[];
  readonly all?: boolean;
  readonly select?: string;
  readonly parallel: number;
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
}

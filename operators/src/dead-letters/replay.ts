import { replayDeadLetters as replay, type Operator, type RunOperator } from "@millrace/sdk";
import { z } from "zod";
import { ownOperator } from "../own-operator.ts";
import type { OperatorOptions } from "../table-operator.ts";

export interface ReplayDeadLettersOptions extends OperatorOptions {
  /** Whose dead letters; looked for when it runs. */
  readonly operator: Operator | (() => Promise<Operator>);
  /** Only dead letters with one of these codes, as `SCHEMA`. */
  readonly codes?: readonly string[] | undefined;
  /** Of `upsert`: update rows whose key is there already. Default false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * An operator that gives another's open dead letters to it again, as that one is now: those of its partition where it has
 * partitions, else all. What is still rejected stays open.
 */
export function replayDeadLetters(options: ReplayDeadLettersOptions): RunOperator {
  const { codes, overwrite = false } = options;
  return ownOperator(options, {
    config: z.object({
      overwrite: z.boolean().default(overwrite).describe("Of upsert: update rows whose key is there already"),
    }),
    run: async ({ config, databaseUrl, signal, metadata, partition }) => {
      const operator = typeof options.operator === "function" ? await options.operator() : options.operator;
      const result = await replay(operator, {
        databaseUrl,
        signal,
        overwrite: config.overwrite,
        ...(codes && { codes }),
        ...(partition && { partition: partition.key }),
      });
      const { replayed, rejected, malformed, partitions } = result;
      metadata.add({ operator: operator.name, replayed, rejected, malformed, partitions: partitions.length });
    },
  });
}

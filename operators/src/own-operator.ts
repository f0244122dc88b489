import { defineOperator, type Check, type Partition, type RunContext, type RunOperator } from "@millrace/sdk";
import type { z } from "zod";
import { attributes, type OperatorOptions } from "./table-operator.ts";

/** What a ready-made operator that loads no table is given; `partition` where it has partitions. */
type OwnContext<Config> = RunContext<Config, undefined, []> & { readonly partition?: Partition | null };

export interface OwnWork<Config extends z.ZodObject> {
  readonly config: Config;
  readonly checks?: readonly Check<never>[];
  readonly run: (context: OwnContext<z.output<Config>>) => Promise<void>;
}

/** An operator that loads no table. */
export function ownOperator<Config extends z.ZodObject>(options: OperatorOptions, work: OwnWork<Config>): RunOperator {
  // Whether there are partitions is known only when it runs: the types can not say both.
  return defineOperator({ ...attributes(options), ...work } as never) as unknown as RunOperator;
}

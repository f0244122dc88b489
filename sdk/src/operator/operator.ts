import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { z } from "zod";
import type { Source } from "../extract/source.ts";
import type { ChunkLimits } from "../load/chunk-builder.ts";
import type { DatabaseTimeouts } from "../load/postgres/timeouts.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import type { Transform } from "../record/record-step.ts";
import type { TextPolicy } from "../record/text-policy.ts";
import type { Check } from "./checks.ts";
import type { OperatorContext } from "./context.ts";
import type { AnyLineage } from "./lineage.ts";
import type { Partitions } from "./partitions/partitions.ts";
import type { RejectLimits } from "./reject-limits.ts";
import type { RunContext } from "./run-form/run-context.ts";
import type { Scheduling } from "./scheduling.ts";
import type { Target } from "./target.ts";

export const BRAND: unique symbol = Symbol.for("millrace.operator");

/** An operator as the engine runs it: made by `defineOperator`. */
export type Operator = LoadOperator | RunOperator;

/** What all operators have. */
export interface OperatorBase {
  readonly [BRAND]: true;
  readonly name: string;
  readonly description: string | null;
  readonly group: string | null;
  readonly owners: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly partitions: Partitions | undefined;
  readonly config: z.ZodObject | undefined;
  readonly dependsOn: readonly string[];
  readonly rejects: RejectLimits;
  readonly parallel: number;
  readonly text: TextPolicy;
  readonly timeouts: DatabaseTimeouts;
  readonly checks: readonly Check[];
  /** What it writes, with how rows come in; the first one is what the scheduler shows. */
  readonly targets: readonly Target[];
  readonly lineage: AnyLineage;
  readonly scheduling: Scheduling;
}

/** Says where records come from and into which table they go. */
export interface LoadOperator extends OperatorBase {
  readonly form: "load";
  readonly extract: (context: OperatorContext<never, never>) => Source<unknown> | Promise<Source<unknown>>;
  readonly record: StandardSchemaV1 | undefined;
  readonly transform: Transform<never, Record<string, unknown>> | undefined;
  readonly target: AnyPgTable;
  readonly load: LoadStrategy;
  readonly chunks: ChunkLimits;
}

/** Does what it does by itself, and commits when it says so. */
export interface RunOperator extends OperatorBase {
  readonly form: "run";
  readonly run: (context: RunContext<never, never, never>) => Promise<void>;
}

export function isOperator(value: unknown): value is Operator {
  return typeof value === "object" && value !== null && BRAND in value;
}

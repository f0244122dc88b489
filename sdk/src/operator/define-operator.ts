import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { z } from "zod";
import type { Source } from "../extract/source.ts";
import type { ChunkLimits } from "../load/chunk-builder.ts";
import { DATABASE_TIMEOUTS, type DatabaseTimeouts } from "../load/postgres/timeouts.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import type { TextPolicy } from "../record/text-policy.ts";
import type { Transform } from "../record/record-step.ts";
import type { Check } from "./checks.ts";
import type { OperatorContext } from "./context.ts";
import type { Lineage } from "./lineage.ts";
import type { LoadedOf, NameOf } from "./loaded-rows.ts";
import { BRAND, type LoadOperator, type OperatorBase, type RunOperator } from "./operator.ts";
import type { RejectLimits } from "./reject-limits.ts";
import type { Partitions } from "./partitions/partitions.ts";
import { scheduling, type SchedulingOptions } from "./scheduling.ts";
import type { RunContext } from "./run-form/run-context.ts";
import type { AnyRunTarget } from "./target.ts";

type NoConfig = z.ZodObject<Record<never, never>>;
type ValueOf<Schema extends StandardSchemaV1 | undefined, Raw> = [Schema] extends [StandardSchemaV1]
  ? StandardSchemaV1.InferOutput<Schema>
  : Raw;

/** What both forms of an operator say of it. */
interface Described<P extends Partitions | undefined, Config extends z.ZodObject> extends SchedulingOptions {
  /** Unique in the project; the asset's name in the scheduler. Letters, digits and `_`. */
  readonly name: string;
  readonly description?: string;
  /** The scheduler's group. */
  readonly group?: string;
  /** E-mail addresses or `team:name`. */
  readonly owners?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly partitions?: P;
  /** Becomes JSON Schema, and with it the scheduler's form; every field needs a default or a value from the scheduler. */
  readonly config?: Config;
  /** Names of operators of this project, or keys of other assets as `a/b`; hints that the scheduler's definitions may override. */
  readonly dependsOn?: readonly string[];
  /** How many partitions of one run are loaded at a time, from 1. Default 1; the launcher's `parallel` takes its place. */
  readonly parallel?: number;
  /** How many bad records a run may have before it fails. */
  readonly rejects?: Partial<RejectLimits>;
  /** What is done with text that its column can not hold. Default `reject`. */
  readonly text?: TextPolicy;
  /** How long the database may take. */
  readonly timeouts?: Partial<DatabaseTimeouts>;
}

interface LoadDefinition<
  Table extends AnyPgTable,
  P extends Partitions | undefined,
  Config extends z.ZodObject,
  Schema extends StandardSchemaV1 | undefined,
  Raw,
  Load extends LoadStrategy<NameOf<Table>>,
> extends Described<P, Config> {
  /** Where the records come from. */
  readonly extract: (context: OperatorContext<z.output<Config>, P>) => Source<Raw> | Promise<Source<Raw>>;
  /** Validates and coerces each record (zod, or any Standard Schema that is synchronous). */
  readonly record?: Schema;
  /** A drizzle table. */
  readonly target: Table;
  readonly load: Load;
  /** How much is committed at a time by strategies that commit before the end. */
  readonly chunks?: Partial<ChunkLimits>;
  readonly checks?: readonly Check<NameOf<Table>>[];
  /** From which columns of other tables each column is made; the scheduler shows it. */
  readonly lineage?: Lineage<Table>;
}

interface RunDefinition<
  P extends Partitions | undefined,
  Config extends z.ZodObject,
  Targets extends readonly AnyRunTarget[],
> extends Described<P, Config> {
  /** The tables that `chunk.write` writes, the first one being what the scheduler shows; none for work that loads nothing. */
  readonly targets?: Targets;
  /** Does the work; what `commit` has not committed when it raises is rolled back. */
  readonly run: (context: RunContext<z.output<Config>, P, Targets>) => Promise<void>;
  readonly checks?: readonly Check<NameOf<Targets[number]["table"]>>[];
}

/** A transform is needed where records are not already rows of the target. */
type WithTransform<Value, Row> =
  | { readonly transform: Transform<Value, Row> }
  | ([Value] extends [Row] ? { readonly transform?: undefined } : never);

/**
 * Defines an operator that does its work itself, in `run`: it commits rows of several targets, dead letters and checkpoint in one
 * transaction each time it calls `commit`. Raises TypeError where the name is not letters, digits and `_`.
 */
export function defineOperator<
  P extends Partitions | undefined = undefined,
  Config extends z.ZodObject = NoConfig,
  const Targets extends readonly AnyRunTarget[] = readonly [],
>(definition: RunDefinition<P, Config, Targets>): RunOperator;
/**
 * Defines an operator: where records come from, what they must look like, and how they come into the target table.
 * Raises TypeError where the name is not letters, digits and `_`.
 */
export function defineOperator<
  Table extends AnyPgTable,
  P extends Partitions | undefined = undefined,
  Config extends z.ZodObject = NoConfig,
  Schema extends StandardSchemaV1 | undefined = undefined,
  Raw = never,
  Load extends LoadStrategy<NameOf<Table>> = LoadStrategy<NameOf<Table>>,
>(
  definition: LoadDefinition<Table, P, Config, Schema, Raw, Load> &
    WithTransform<ValueOf<Schema, Raw>, LoadedOf<Table, Load>>,
): LoadOperator;
export function defineOperator(given: unknown): LoadOperator | RunOperator {
  const definition = given as AnyDefinition;
  if ("run" in definition) {
    const { targets = [], run } = definition;
    return Object.freeze<RunOperator>({
      ...described(definition),
      form: "run",
      targets,
      run: run as RunOperator["run"],
    });
  }
  const { extract, record, target, load, chunks, transform } = definition;
  return Object.freeze<LoadOperator>({
    ...described(definition),
    form: "load",
    targets: [{ table: target, load }],
    extract: extract as LoadOperator["extract"],
    record,
    transform: transform as LoadOperator["transform"],
    target,
    load,
    chunks: { ...(load.strategy === "apply-changes" ? CHANGES_AT_A_TIME : ROWS_AT_A_TIME), ...chunks },
  });
}

type AnyDefinition =
  | RunDefinition<Partitions | undefined, z.ZodObject, readonly AnyRunTarget[]>
  | (LoadDefinition<
      AnyPgTable,
      Partitions | undefined,
      z.ZodObject,
      StandardSchemaV1 | undefined,
      unknown,
      LoadStrategy
    > & {
      readonly transform?: unknown;
    });

function described(definition: AnyDefinition): Omit<OperatorBase, "targets"> {
  const {
    name,
    description,
    group,
    owners,
    tags,
    partitions,
    config,
    dependsOn,
    rejects,
    text,
    parallel = 1,
    timeouts,
    checks,
  } = definition;
  if (!/^\w+$/.test(name)) throw new TypeError(`an operator's name is letters, digits and _: ${JSON.stringify(name)}`);
  return {
    [BRAND]: true,
    name,
    description: description ?? null,
    group: group ?? null,
    owners: owners ?? [],
    tags: tags ?? {},
    partitions,
    config,
    dependsOn: dependsOn ?? [],
    rejects: { max: rejects?.max ?? Number.POSITIVE_INFINITY, maxRatio: rejects?.maxRatio ?? 0.1 },
    text: text ?? "reject",
    parallel: atLeastOne(parallel),
    timeouts: { ...DATABASE_TIMEOUTS, ...timeouts },
    checks: (checks ?? []) as readonly Check[],
    lineage: ("lineage" in definition && definition.lineage) || {},
    scheduling: scheduling(definition),
  };
}

const ROWS_AT_A_TIME: ChunkLimits = { maxRows: 25_000, maxBytes: 4 * 1024 * 1024 };
/** More, since of many changes few rows remain. */
const CHANGES_AT_A_TIME: ChunkLimits = { maxRows: 250_000, maxBytes: 16 * 1024 * 1024 };

function atLeastOne(parallel: number): number {
  if (!Number.isInteger(parallel) || parallel < 1) throw new TypeError(`parallel is ${parallel}`);
  return parallel;
}

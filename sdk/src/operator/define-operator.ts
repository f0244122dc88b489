import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { z } from "zod";
import type { Source } from "../extract/source.ts";
import type { ChunkLimits } from "../load/chunk-builder.ts";
import type { Change } from "../load/change.ts";
import { DATABASE_TIMEOUTS, type DatabaseTimeouts } from "../load/postgres/timeouts.ts";
import type { ApplyChanges, LoadStrategy } from "../load/strategy.ts";
import type { TextPolicy } from "../record/text-policy.ts";
import type { Transform } from "../record/record-step.ts";
import type { Check } from "./checks.ts";
import type { OperatorContext } from "./context.ts";
import type { RejectLimits } from "./reject-limits.ts";
import type { Partitions } from "./partitions/partitions.ts";
import { scheduling, type Scheduling, type SchedulingOptions } from "./scheduling.ts";

const BRAND: unique symbol = Symbol.for("millrace.operator");

/** An operator as the engine runs it: made by `defineOperator`. */
export interface Operator {
  readonly [BRAND]: true;
  readonly name: string;
  readonly description: string | null;
  readonly group: string | null;
  readonly owners: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly partitions: Partitions | undefined;
  readonly config: z.ZodObject | undefined;
  readonly dependsOn: readonly string[];
  readonly extract: (context: OperatorContext<never, never>) => Source<unknown> | Promise<Source<unknown>>;
  readonly record: StandardSchemaV1 | undefined;
  readonly transform: Transform<never, Record<string, unknown>> | undefined;
  readonly target: AnyPgTable;
  readonly load: LoadStrategy;
  readonly rejects: RejectLimits;
  readonly chunks: ChunkLimits;
  readonly text: TextPolicy;
  readonly timeouts: DatabaseTimeouts;
  readonly checks: readonly Check[];
  readonly scheduling: Scheduling;
}

type NoConfig = z.ZodObject<Record<never, never>>;
type NameOf<Table extends AnyPgTable> = Table["_"]["name"];
type RowOf<Table extends AnyPgTable> = Table["$inferInsert"];
type PropertyOf<Table extends AnyPgTable, ColumnName> = {
  [Property in keyof Table["_"]["columns"]]: Table["_"]["columns"][Property]["_"]["name"] extends ColumnName
    ? Property
    : never;
}[keyof Table["_"]["columns"]] &
  keyof RowOf<Table>;
/** What the load takes: changes for `applyChanges`, else rows. */
type LoadedOf<Table extends AnyPgTable, Load> = [Load] extends [
  ApplyChanges<string, infer Key, infer Sequence, infer SoftDelete>,
]
  ? Change<RowOf<Table>, PropertyOf<Table, Key>, PropertyOf<Table, Sequence>, PropertyOf<Table, SoftDelete>>
  : RowOf<Table>;
type ValueOf<Schema extends StandardSchemaV1 | undefined, Raw> = [Schema] extends [StandardSchemaV1]
  ? StandardSchemaV1.InferOutput<Schema>
  : Raw;

interface Definition<
  Table extends AnyPgTable,
  P extends Partitions | undefined,
  Config extends z.ZodObject,
  Schema extends StandardSchemaV1 | undefined,
  Raw,
  Load extends LoadStrategy<NameOf<Table>>,
> extends SchedulingOptions {
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
  /** Where the records come from. */
  readonly extract: (context: OperatorContext<z.output<Config>, P>) => Source<Raw> | Promise<Source<Raw>>;
  /** Validates and coerces each record (zod, or any Standard Schema that is synchronous). */
  readonly record?: Schema;
  /** A drizzle table. */
  readonly target: Table;
  readonly load: Load;
  /** How many bad records a run may have before it fails. */
  readonly rejects?: Partial<RejectLimits>;
  /** What is done with text that its column can not hold. Default `reject`. */
  readonly text?: TextPolicy;
  /** How much is committed at a time by strategies that commit before the end. */
  readonly chunks?: Partial<ChunkLimits>;
  /** How long the database may take. */
  readonly timeouts?: Partial<DatabaseTimeouts>;
  readonly checks?: readonly Check<NameOf<Table>>[];
}

/** A transform is needed where records are not already rows of the target. */
type WithTransform<Value, Row> =
  | { readonly transform: Transform<Value, Row> }
  | ([Value] extends [Row] ? { readonly transform?: undefined } : never);

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
  definition: Definition<Table, P, Config, Schema, Raw, Load> &
    WithTransform<ValueOf<Schema, Raw>, LoadedOf<Table, Load>>,
): Operator {
  const {
    name,
    description,
    group,
    owners,
    tags,
    partitions,
    config,
    dependsOn,
    extract,
    record,
    target,
    load,
    rejects,
    chunks,
    text,
    timeouts,
    checks,
  } = definition;
  if (!/^\w+$/.test(name)) throw new TypeError(`an operator's name is letters, digits and _: ${JSON.stringify(name)}`);
  return Object.freeze<Operator>({
    [BRAND]: true,
    name,
    description: description ?? null,
    group: group ?? null,
    owners: owners ?? [],
    tags: tags ?? {},
    partitions,
    config,
    dependsOn: dependsOn ?? [],
    extract: extract as Operator["extract"],
    record,
    transform: definition.transform as Operator["transform"],
    target,
    load,
    rejects: { max: rejects?.max ?? Number.POSITIVE_INFINITY, maxRatio: rejects?.maxRatio ?? 0.1 },
    chunks: { ...(load.strategy === "apply-changes" ? CHANGES_AT_A_TIME : ROWS_AT_A_TIME), ...chunks },
    text: text ?? "reject",
    timeouts: { ...DATABASE_TIMEOUTS, ...timeouts },
    checks: (checks ?? []) as readonly Check[],
    scheduling: scheduling(definition),
  });
}

const ROWS_AT_A_TIME: ChunkLimits = { maxRows: 25_000, maxBytes: 4 * 1024 * 1024 };
/** More, since of many changes few rows remain. */
const CHANGES_AT_A_TIME: ChunkLimits = { maxRows: 100_000, maxBytes: 16 * 1024 * 1024 };

export function isOperator(value: unknown): value is Operator {
  return typeof value === "object" && value !== null && BRAND in value;
}

import type { Check, LoadStrategy, Operator, Partitions, SchedulingOptions } from "@millrace/sdk";
import type { AnyPgTable } from "drizzle-orm/pg-core";

/** What every ready-made operator takes. */
export interface OperatorOptions {
  /** Unique in the project; the asset's name in the scheduler. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly group?: string | undefined;
  readonly owners?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly partitions?: Partitions | undefined;
  readonly retry?: SchedulingOptions["retry"] | undefined;
  readonly pool?: string | undefined;
  readonly automation?: SchedulingOptions["automation"] | undefined;
  readonly freshness?: SchedulingOptions["freshness"] | undefined;
}

/** What every ready-made operator takes that loads a table. */
export interface TableOperatorOptions<Table extends AnyPgTable> extends OperatorOptions {
  /** A drizzle table. */
  readonly target: Table;
  readonly load: LoadStrategy<Table["_"]["name"]>;
  /** How many bad records a run may have before it fails. */
  readonly rejects?: { readonly max?: number | undefined; readonly maxRatio?: number | undefined } | undefined;
  readonly checks?: readonly Check<Table["_"]["name"]>[] | undefined;
}

const ATTRIBUTES = [
  "name",
  "description",
  "group",
  "owners",
  "tags",
  "dependsOn",
  "partitions",
  "retry",
  "pool",
  "automation",
  "freshness",
  "rejects",
  "checks",
] as const;

type Attributes = {
  readonly [name in Exclude<(typeof ATTRIBUTES)[number], "name" | "rejects">]?: NonNullable<
    TableOperatorOptions<AnyPgTable>[name]
  >;
} & { readonly name: string; readonly rejects?: Partial<Operator["rejects"]> };

/** Those of the attributes that are given, as `defineOperator` takes them. */
export function attributes(
  options: OperatorOptions & Pick<TableOperatorOptions<AnyPgTable>, "rejects" | "checks">,
): Attributes {
  const given = ATTRIBUTES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  return Object.fromEntries(given) as unknown as Attributes;
}

import { requireCron } from "./cron-ticks.ts";

/** How an operator's data is cut; the scheduler makes its partitions from it, through the manifest. */
export type Partitions = Dimension | MultiPartitions;

/** Partitions that are not made of others. */
export type Dimension = TimePartitions | CronPartitions | StaticPartitions | DynamicPartitions;

export type TimeUnit = "hourly" | "daily" | "weekly" | "monthly";

export interface TimePartitions {
  readonly kind: TimeUnit;
  /** First moment of the first partition, as local time in `timeZone`: `2013-01-01` or `2013-01-01T00:00`. */
  readonly start: string;
  /** Exclusive end; null while partitions go on to the present. */
  readonly end: string | null;
  /** An IANA name such as `America/New_York`; days have 23 to 25 hours there. */
  readonly timeZone: string;
}

/** One partition from each tick of a schedule to the next. */
export interface CronPartitions extends Omit<TimePartitions, "kind"> {
  readonly kind: "cron";
  readonly cron: string;
  /** What a partition's key says of its start, in the way of `strftime`. */
  readonly format: "%Y-%m-%d" | "%Y-%m-%d-%H:%M";
}

export interface StaticPartitions<Key extends string = string> {
  readonly kind: "static";
  readonly keys: readonly Key[];
}

export interface DynamicPartitions {
  readonly kind: "dynamic";
  /** The name under which the scheduler keeps the keys. */
  readonly name: string;
}

/** Two ways of cutting at once, by name; each pair of their keys is a partition. */
export interface MultiPartitions<D extends Dimensions = Dimensions> {
  readonly kind: "multi";
  readonly dimensions: D;
}

export type Dimensions = Readonly<Record<string, Dimension>>;

/** A partition of time, half open: it holds what is at or after `start` and before `end`. */
export interface TimePartition {
  readonly kind: "time";
  readonly key: string;
  /** ISO 8601 with the offset of the partition's time zone at that moment, e.g. `2013-03-10T00:00:00-05:00`. */
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
}

export interface NamedPartition<Key extends string = string> {
  readonly kind: "named";
  readonly key: Key;
}

export interface MultiPartition<D extends Dimensions = Dimensions> {
  readonly kind: "multi";
  /** The keys of the dimensions in the order of their names, with `|` between: `2013-01-01|europe`. */
  readonly key: string;
  readonly keys: { readonly [Name in keyof D]: DimensionPartition<D[Name]>["key"] };
  /** The partition of each dimension, with its window where it is of time. */
  readonly dimensions: { readonly [Name in keyof D]: DimensionPartition<D[Name]> };
}

export type Partition = TimePartition | NamedPartition | MultiPartition;

/** The type of `context.partition` for an operator with these partitions. */
export type PartitionOf<P extends Partitions> =
  P extends MultiPartitions<infer D> ? MultiPartition<D> : P extends Dimension ? DimensionPartition<P> : never;

type DimensionPartition<P extends Dimension> = P extends TimePartitions | CronPartitions
  ? TimePartition
  : P extends StaticPartitions<infer Key>
    ? NamedPartition<Key>
    : NamedPartition;

export interface TimePartitionOptions {
  readonly start: string;
  readonly end?: string;
  /** Default: `UTC`. */
  readonly timeZone?: string;
}

/** One partition an hour, keyed `2013-01-01-05:00`. */
export function hourly(options: TimePartitionOptions): TimePartitions {
  return time("hourly", options);
}

/** One partition a day, keyed `2013-01-01`. */
export function daily(options: TimePartitionOptions): TimePartitions {
  return time("daily", options);
}

/** One partition a week, Sunday to Saturday, keyed by its Sunday as `2013-01-06`. */
export function weekly(options: TimePartitionOptions): TimePartitions {
  return time("weekly", options);
}

/** One partition a month, keyed by its first day as `2013-01-01`. */
export function monthly(options: TimePartitionOptions): TimePartitions {
  return time("monthly", options);
}

export interface TimeWindowOptions extends TimePartitionOptions {
  /** Five fields, in `timeZone`: `0 6 * * 1-5` cuts at six on working days. */
  readonly cron: string;
  /** What the keys say: the date where there is at most one partition a day, else the minute too, which is the default. */
  readonly format?: CronPartitions["format"];
}

/**
 * One partition from each tick of a cron schedule to the next, keyed by its start as `2013-01-01-06:00`.
 * Raises TypeError where the schedule is none.
 */
export function timeWindow({ cron, format = "%Y-%m-%d-%H:%M", ...options }: TimeWindowOptions): CronPartitions {
  requireCron(cron);
  return { ...time("daily", options), kind: "cron", cron, format };
}

/** A fixed list of partitions; raises a TypeError when it is empty or names one twice. */
export function staticPartitions<const Key extends string>(keys: readonly Key[]): StaticPartitions<Key> {
  if (keys.length === 0 || new Set(keys).size !== keys.length) {
    throw new TypeError(`static partitions need at least one key, each once: ${JSON.stringify(keys)}`);
  }
  return { kind: "static", keys: [...keys] };
}

/** Partitions whose keys the scheduler adds and removes at run time. */
export function dynamicPartitions(name: string): DynamicPartitions {
  return { kind: "dynamic", name };
}

/**
 * Each pair of the keys of two dimensions: `multi({ date: daily({ … }), region: staticPartitions(["eu", "us"]) })`.
 * Raises TypeError where there are not two, as Dagster has it, or a static key has a `|`, a comma or a bracket.
 */
export function multi<const D extends Dimensions>(dimensions: D): MultiPartitions<D> {
  const named = Object.entries(dimensions);
  if (named.length !== 2) throw new TypeError(`partitions have two dimensions, not ${named.length}`);
  for (const [name, dimension] of named) {
    const wrong = dimension.kind === "static" ? dimension.keys.find((key) => /[|,[\]]/.test(key)) : undefined;
    if (wrong !== undefined) throw new TypeError(`a key of dimension "${name}" has one of | , [ ]: ${wrong}`);
  }
  return { kind: "multi", dimensions };
}

function time(kind: TimeUnit, { start, end, timeZone = "UTC" }: TimePartitionOptions): TimePartitions {
  return { kind, start, end: end ?? null, timeZone };
}

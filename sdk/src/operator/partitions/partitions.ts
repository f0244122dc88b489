/** How an operator's data is cut; the scheduler makes its partitions from it, through the manifest. */
export type Partitions = TimePartitions | StaticPartitions | DynamicPartitions;

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

export interface StaticPartitions {
  readonly kind: "static";
  readonly keys: readonly string[];
}

export interface DynamicPartitions {
  readonly kind: "dynamic";
  /** The name under which the scheduler keeps the keys. */
  readonly name: string;
}

/** A partition of time, half open: it holds what is at or after `start` and before `end`. */
export interface TimePartition {
  readonly kind: "time";
  readonly key: string;
  /** ISO 8601 with the offset of the partition's time zone at that moment, e.g. `2013-03-10T00:00:00-05:00`. */
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
}

export interface NamedPartition {
  readonly kind: "named";
  readonly key: string;
}

export type Partition = TimePartition | NamedPartition;

/** The type of `context.partition` for an operator with these partitions. */
export type PartitionOf<P extends Partitions> = P extends TimePartitions ? TimePartition : NamedPartition;

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

/** A fixed list of partitions; raises a TypeError when it is empty or names one twice. */
export function staticPartitions(keys: readonly string[]): StaticPartitions {
  if (keys.length === 0 || new Set(keys).size !== keys.length) {
    throw new TypeError(`static partitions need at least one key, each once: ${JSON.stringify(keys)}`);
  }
  return { kind: "static", keys: [...keys] };
}

/** Partitions whose keys the scheduler adds and removes at run time. */
export function dynamicPartitions(name: string): DynamicPartitions {
  return { kind: "dynamic", name };
}

function time(kind: TimeUnit, { start, end, timeZone = "UTC" }: TimePartitionOptions): TimePartitions {
  return { kind, start, end: end ?? null, timeZone };
}

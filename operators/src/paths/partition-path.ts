import { FatalError, type Partition } from "@millrace/sdk";

/** `{partition}`, a part of the local time at which a partition of time begins, or a dimension's name. */
const PLACEHOLDER = /\{(\w+)\}/g;
/** What would lead out of the folder, or choose other files than the one that is meant. */
// eslint-disable-next-line no-control-regex -- control characters are part of it
const UNSAFE = /[\\/*?[\]{}\0-\x1f]|^\.{1,2}$|^~/;

/**
 * A path with the partition in it: `data/{partition}.csv.gz`, `data/{year}/{month}/{day}.csv`.
 * Raises FatalError PARTITION_PATH for a key that is no part of a path, or a placeholder that there is nothing for.
 */
export function partitionPath(path: string, partition: Partition | null | undefined): string {
  return fill(path, partition, (value) => {
    if (!UNSAFE.test(value)) return value;
    throw new FatalError("PARTITION_PATH", `The partition ${JSON.stringify(value)} can not be part of a file's path`, {
      fix: "Name partitions without / \\ * ? [ ] { } where their names are parts of paths",
    });
  });
}

/** A URL with the partition in it, encoded. Raises FatalError PARTITION_PATH. */
export function partitionUrl(url: string, partition: Partition | null | undefined): string {
  return fill(url, partition, encodeURIComponent);
}

/** A text with the partition in it as it is: an argument of a command. Raises FatalError PARTITION_PATH. */
export function partitionPart(text: string, partition: Partition | null | undefined): string {
  return fill(text, partition, (value) => value);
}

function fill(text: string, partition: Partition | null | undefined, encode: (value: string) => string): string {
  return text.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
    const value = partition ? valueOf(partition, name) : undefined;
    if (value !== undefined) return encode(value);
    throw new FatalError("PARTITION_PATH", `${JSON.stringify(text)} has ${placeholder}, for which there is nothing`, {
      fix: !partition
        ? "Give the operator `partitions`"
        : "All partitions have {partition}, those of time {year}, {month}, {day} and {hour}, those of two dimensions their names",
    });
  });
}

function valueOf(partition: Partition, name: string): string | undefined {
  if (name === "partition") return partition.key;
  if (partition.kind === "multi") {
    const { keys, dimensions } = partition;
    if (Object.hasOwn(keys, name)) return String(keys[name]);
    const time = Object.values(dimensions).find((dimension) => dimension.kind === "time");
    return time && valueOf(time, name);
  }
  if (partition.kind !== "time") return undefined;
  const [, year, month, day, hour] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)/.exec(partition.start) ?? [];
  return { year, month, day, hour }[name];
}

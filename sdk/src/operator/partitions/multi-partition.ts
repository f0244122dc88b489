import type { Dimension, MultiPartition, MultiPartitions, NamedPartition, TimePartition } from "./partitions.ts";

const DELIMITER = "|";

type Find = (dimension: Dimension, key: string) => TimePartition | NamedPartition | undefined;
type KeysBetween = (dimension: Dimension, start: string, end: string) => readonly string[];

/** The partition of a key such as `2013-01-01|europe`; undefined where one of its parts is not a key of its dimension. */
export function multiPartition(partitions: MultiPartitions, key: string, find: Find): MultiPartition | undefined {
  const parts = split(partitions, key);
  if (parts === undefined) return undefined;
  const dimensions: Record<string, TimePartition | NamedPartition> = {};
  for (const { name, dimension, part } of parts) {
    const partition = find(dimension, part);
    if (partition === undefined) return undefined;
    dimensions[name] = partition;
  }
  return { kind: "multi", key, keys: Object.fromEntries(parts.map(({ name, part }) => [name, part])), dimensions };
}

/** All pairs of what lies between in each dimension, the last one running fastest; empty where a key is none. */
export function multiKeysBetween(
  partitions: MultiPartitions,
  start: string,
  end: string,
  keysBetween: KeysBetween,
): readonly string[] {
  const last = split(partitions, end);
  return (split(partitions, start) ?? [])
    .map(({ dimension, part }, index) => keysBetween(dimension, part, last?.[index]?.part ?? ""))
    .reduce<string[][]>((paths, keys) => paths.flatMap((path) => keys.map((key) => [...path, key])), [[]])
    .filter((path) => path.length > 0)
    .map((path) => path.join(DELIMITER));
}

/** The parts of a key, in the order of their dimensions' names, as Dagster has them. */
function split({ dimensions }: MultiPartitions, key: string) {
  const named = Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = key.split(DELIMITER);
  if (parts.length !== named.length || parts.includes("")) return undefined;
  return named.map(([name, dimension], index) => ({ name, dimension, part: parts[index]! }));
}

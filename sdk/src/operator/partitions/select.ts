import { FatalError } from "../../errors/millrace-error.ts";
import type { LaunchPartitions } from "../../host/host.ts";
import { cronKeysBetween, cronPartition } from "./cron-window.ts";
import { multiKeysBetween, multiPartition } from "./multi-partition.ts";
import type { Dimension, NamedPartition, Partition, Partitions, TimePartition } from "./partitions.ts";
import { timeKeysBetween, timePartition } from "./time-window.ts";

/**
 * The partitions that this launch is to run, in order; `[null]` for an operator without partitions.
 * Raises FatalError: PARTITION_KEY, PARTITION_MISSING, PARTITION_UNKNOWN, PARTITION_UNEXPECTED.
 */
export function selectPartitions(
  operator: { readonly name: string; readonly partitions: Partitions | undefined },
  asked: LaunchPartitions | null,
): (Partition | null)[] {
  const { name, partitions } = operator;
  if (partitions === undefined) {
    // A scheduler may run an operator without partitions beside partitioned ones: a range is no claim on it.
    if (asked?.kind === "keys" && asked.keys.length === 1) {
      throw new FatalError(
        "PARTITION_UNEXPECTED",
        `Operator "${name}" has no partitions, but was asked for "${asked.keys[0]}"`,
        {
          fix: "Launch it without a partition, or declare `partitions` in its definition",
        },
      );
    }
    return [null];
  }
  if (asked === null) {
    throw new FatalError(
      "PARTITION_MISSING",
      `Operator "${name}" is partitioned (${describe(partitions)}), but no partition was asked for`,
      {
        fix: "Choose a partition in the scheduler, or pass --partition",
      },
    );
  }
  const keys = asked.kind === "keys" ? asked.keys : keysBetween(partitions, asked.start, asked.end);
  if (keys.length === 0 && asked.kind === "range")
    throw unknown(operator.name, partitions, `${asked.start}…${asked.end}`);
  return keys.map((key) => find(partitions, key) ?? raise(unknown(name, partitions, key)));
}

function find(partitions: Partitions, key: string): Partition | undefined {
  return partitions.kind === "multi"
    ? multiPartition(partitions, key, findIn)
    : key === ""
      ? undefined
      : findIn(partitions, key);
}

function findIn(partitions: Dimension, key: string): TimePartition | NamedPartition | undefined {
  if (partitions.kind === "dynamic") return { kind: "named", key: requireNoPath(key) };
  if (partitions.kind === "static") return partitions.keys.includes(key) ? { kind: "named", key } : undefined;
  return partitions.kind === "cron" ? cronPartition(partitions, key) : timePartition(partitions, key);
}

/** Keys that come from elsewhere end up in the paths of files: none may lead out of a folder. Raises FatalError PARTITION_KEY. */
function requireNoPath(key: string): string {
  // eslint-disable-next-line no-control-regex -- NUL ends a path
  if (!/(^|[\\/])\.\.([\\/]|$)|\0/.test(key)) return key;
  throw new FatalError(
    "PARTITION_KEY",
    `"${key.replaceAll("\0", "\\0")}" leads out of a folder, and is no partition's key`,
    {
      fix: "Name the partition in another way",
    },
  );
}

function keysBetween(partitions: Partitions, start: string, end: string): readonly string[] {
  return partitions.kind === "multi"
    ? multiKeysBetween(partitions, start, end, keysBetweenIn)
    : keysBetweenIn(partitions, start, end);
}

function keysBetweenIn(partitions: Dimension, start: string, end: string): readonly string[] {
  if (partitions.kind === "dynamic") return start === end ? [start] : [];
  if (partitions.kind === "cron") return cronKeysBetween(partitions, start, end);
  if (partitions.kind !== "static") return timeKeysBetween(partitions, start, end);
  const from = partitions.keys.indexOf(start);
  const to = partitions.keys.indexOf(end);
  return from < 0 || to < from ? [] : partitions.keys.slice(from, to + 1);
}

function describe(partitions: Partitions): string {
  if (partitions.kind === "multi")
    return Object.entries(partitions.dimensions)
      .map(([name, dimension]) => `${name}: ${describe(dimension)}`)
      .join("; ");
  if (partitions.kind === "dynamic") return `dynamic "${partitions.name}"`;
  if (partitions.kind === "static")
    return `one of ${partitions.keys.slice(0, 10).join(", ")}${partitions.keys.length > 10 ? ", …" : ""}`;
  const often = partitions.kind === "cron" ? `at "${partitions.cron}"` : partitions.kind;
  return `${often} from ${partitions.start} ${partitions.end === null ? "on" : `to before ${partitions.end}`}, ${partitions.timeZone}`;
}

function unknown(name: string, partitions: Partitions, key: string): FatalError {
  return new FatalError(
    "PARTITION_UNKNOWN",
    `"${key}" is not a partition of operator "${name}" (${describe(partitions)})`,
    {
      fix: "Choose one of its partitions",
      details: { operator: name, partition: key },
    },
  );
}

function raise(error: Error): never {
  throw error;
}

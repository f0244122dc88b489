import type { Partitions } from "../../operator/partitions/partitions.ts";

/** Partitions in a few words. */
export function describePartitions(partitions: Partitions | null): string {
  if (partitions === null) return "";
  switch (partitions.kind) {
    case "static":
      return partitions.keys.length > 4
        ? `${partitions.keys.slice(0, 4).join("|")}|… (${partitions.keys.length})`
        : partitions.keys.join("|");
    case "dynamic":
      return `dynamic ${partitions.name}`;
    case "multi":
      return Object.entries(partitions.dimensions)
        .map(([name, dimension]) => `${name}: ${describePartitions(dimension)}`)
        .join(" × ");
    default: {
      const zone = partitions.timeZone === "UTC" ? "" : ` ${partitions.timeZone}`;
      return `${partitions.kind} ${partitions.start}…${partitions.end ?? ""}${zone}`;
    }
  }
}

import type { CheckpointKey } from "@millrace/sdk";

/** Partitions whose checkpoints are set in turn. */
export const KEYS: readonly CheckpointKey[] = ["2024-01-01", "2024-01-02", "2024-01-03"].map((partition) => ({
  operator: "items",
  partition,
}));

/** A checkpoint of several kilobytes, other ones each time. */
export function valueOf(number: number): { readonly number: number; readonly text: string } {
  return { number, text: String(number).repeat(200 + ((number * 7919) % 3000)) };
}

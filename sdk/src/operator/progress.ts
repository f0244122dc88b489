import type { Host, Json } from "../host/host.ts";
import type { ProgressMessage } from "../host/pipes/partition-messages.ts";
import type { Partition } from "./partitions/partitions.ts";

/** A launcher hears no more often than this; of the beginning and the end of reading it hears always. */
const EVERY_MS = 200;

export type Progressed = Omit<ProgressMessage, "type" | "partition">;

export interface Progressing {
  readonly host: Host;
  readonly partition: Partition | null;
}

/** Tells the launcher how far a partition is, where it asks for that. */
export function progressTeller({ host, partition }: Progressing): (progressed: Progressed) => void {
  if (host.launch.extras["progress"] !== true) return () => {};
  let due = 0;
  return (progressed) => {
    const now = performance.now();
    if (now < due && !progressed.all_read) return;
    due = now + EVERY_MS;
    const message: ProgressMessage = { type: "progress", partition: partition?.key ?? null, ...progressed };
    host.reportCustom(message as unknown as Json);
  };
}

import type { Json } from "../host/host.ts";
import type { Logger } from "../logging/logger.ts";
import type { PartitionOf, Partitions } from "./partitions/partitions.ts";

export interface RunInfo {
  /** The scheduler's run id; a fresh UUID where there is no scheduler. */
  readonly id: string;
  readonly jobName: string | null;
  /** 0 for the first attempt. */
  readonly retryNumber: number;
}

interface BaseContext<Config> {
  /** The operator's config, parsed by its schema. */
  readonly config: Config;
  readonly log: Logger;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
  readonly run: RunInfo;
  /** The cursor that was committed last for the partition, by whatever run; null where there is none. A source that resumes by it gets it by itself. */
  readonly checkpoint: Json | null;
}

/** What an operator's functions are given; `partition` is there only where the operator declares partitions. */
export type OperatorContext<Config, P extends Partitions | undefined> = BaseContext<Config> &
  ([P] extends [Partitions] ? { readonly partition: PartitionOf<P> } : unknown);

import type { Json } from "../host/host.ts";

/** What a checkpoint is of. */
export interface CheckpointKey {
  readonly operator: string;
  /** Empty for an operator without partitions. */
  readonly partition: string;
}

/**
 * Keeps how far an operator got with a partition, for targets whose database can not keep it beside the rows. A value is
 * kept wholly or not at all: what `get` returns was once given to `set` as it is.
 */
export interface CheckpointStore {
  /** The value set last; undefined where there is none. */
  get(key: CheckpointKey): Promise<Json | undefined>;
  /** Once this resolves, the value outlasts the process and the machine. Of several at a time, the last to end wins. */
  set(key: CheckpointKey, value: Json): Promise<void>;
  /** Does nothing where there is no value. */
  delete(key: CheckpointKey): Promise<void>;
  /** The keys that have a value, of one operator or of all, ordered by operator and partition. */
  list(of?: { readonly operator?: string }): Promise<CheckpointKey[]>;
}

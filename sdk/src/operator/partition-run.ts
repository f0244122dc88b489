import type { Host } from "../host/host.ts";
import type { MetadataInput } from "../host/pipes/metadata.ts";
import type { Logger } from "../logging/logger.ts";
import type { KeptConnections } from "../load/postgres/kept-connections.ts";
import type { Counts } from "../record/counts.ts";
import type { StateDatabase } from "../state/ledger.ts";
import type { CheckpointMove } from "../state/tables.ts";
import type { DryRun } from "./dry-run/dry-run.ts";
import type { Operator } from "./operator.ts";
import type { Partition } from "./partitions/partitions.ts";
import type { RejectReason } from "./reject-reasons.ts";
import type { StartKind } from "./resume.ts";

export interface PartitionRun<Form extends Operator = Operator> {
  readonly operator: Form;
  readonly partition: Partition | null;
  /** The attempt's, in the ledger and in the names of its sessions. */
  readonly attemptId: string;
  readonly config: Record<string, unknown>;
  readonly host: Host;
  readonly log: Logger;
  readonly databaseUrl: string;
  readonly state: StateDatabase;
  /** Of partitions before this one. */
  readonly connections: KeptConnections;
  /** Where nothing is to be kept. */
  readonly dryRun?: DryRun;
}

/** A row as it was given to the target, for the preview. */
export type RowSample = Readonly<Record<string, unknown>>;

export interface PartitionResult {
  readonly counts: Counts;
  /** Path or URI of the source; null where the rows come from the database itself. */
  readonly source: string | null;
  /** Uncompressed. */
  readonly bytesRead: number;
  readonly durationMs: number;
  /** A hash of the rows in the source's order; null where this attempt has not seen all of them. */
  readonly dataVersion: string | null;
  /** The first rows. */
  readonly sample: readonly RowSample[];
  readonly start: StartKind;
  /** Null of a source without a cursor. */
  readonly checkpoint: CheckpointMove | null;
  /** Of the partition's open dead letters; null where this attempt has not written all of them. */
  readonly reasons: readonly RejectReason[] | null;
  /** What else the operator has said of it. */
  readonly more?: Readonly<Record<string, MetadataInput>>;
}

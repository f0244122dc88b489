import { randomUUID } from "node:crypto";
import type {
  CheckReport,
  Host,
  Json,
  Launch,
  LogLevel,
  MaterializationReport,
  PartitionFailureReport,
} from "../host/host.ts";

/** What an operator reported, in order. */
export interface Recording {
  readonly materializations: MaterializationReport[];
  readonly checks: CheckReport[];
  readonly failures: PartitionFailureReport[];
  readonly logs: { readonly level: LogLevel; readonly message: string }[];
  readonly custom: Json[];
}

/** A launcher that keeps what it is told. */
export class RecordingHost implements Host {
  readonly kind = "local";
  readonly launch: Launch;
  readonly signal: AbortSignal;
  readonly recording: Recording = { materializations: [], checks: [], failures: [], logs: [], custom: [] };

  constructor(launch: Partial<Launch> = {}, signal: AbortSignal = new AbortController().signal) {
    this.launch = {
      runId: randomUUID(),
      jobName: null,
      retryNumber: 0,
      assetKeys: [],
      partitions: null,
      config: {},
      extras: {},
      ...launch,
    };
    this.signal = signal;
  }

  log(level: LogLevel, message: string): void {
    this.recording.logs.push({ level, message });
  }

  reportMaterialization(report: MaterializationReport): void {
    this.recording.materializations.push(report);
  }

  reportCheck(report: CheckReport): void {
    this.recording.checks.push(report);
  }

  reportPartitionFailure(report: PartitionFailureReport): void {
    this.recording.failures.push(report);
  }

  reportCustom(payload: Json): void {
    this.recording.custom.push(payload);
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

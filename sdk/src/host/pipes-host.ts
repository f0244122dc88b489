import type {
  CheckReport,
  Host,
  Json,
  Launch,
  LogLevel,
  MaterializationReport,
  PartitionFailureReport,
} from "./host.ts";
import { hasSeveral, toLaunch } from "./launch.ts";
import { toPipesException } from "./pipes/exception.ts";
import { normalizeMetadata } from "./pipes/metadata.ts";
import type { PartitionMessage } from "./pipes/partition-messages.ts";
import type { PipesSession } from "./pipes/session.ts";

/** A launcher that speaks the Pipes protocol, whatever carries it. */
export class PipesHost implements Host {
  readonly kind: Host["kind"];
  readonly launch: Launch;
  readonly signal: AbortSignal;
  readonly #session: PipesSession;
  readonly #several: boolean;

  constructor(kind: Host["kind"], session: PipesSession) {
    this.kind = kind;
    this.launch = toLaunch(session.context.data);
    this.signal = session.signal;
    this.#session = session;
    this.#several = hasSeveral(this.launch);
  }

  log(level: LogLevel, message: string): void {
    this.#session.log(level, message);
  }

  /** One of several partitions is a custom message; the only one, or the totals of all (`partition: null`), is the asset's. */
  reportMaterialization({ assetKey, partition, metadata, dataVersion }: MaterializationReport): void {
    if (this.#several && partition !== null) {
      this.#say({
        type: "partition_completed",
        asset_key: assetKey,
        partition,
        metadata: normalizeMetadata(metadata),
        data_version: dataVersion ?? null,
      });
    } else this.#session.reportMaterialization({ assetKey, metadata, dataVersion });
  }

  reportCheck({ assetKey, partition, checkName, passed, severity, metadata }: CheckReport): void {
    if (this.#several && partition !== null) {
      this.#say({
        type: "check_evaluated",
        asset_key: assetKey,
        partition,
        check_name: checkName,
        passed,
        severity: severity === "warn" ? "WARN" : "ERROR",
        metadata: normalizeMetadata(metadata),
      });
    } else this.#session.reportCheck({ assetKey, checkName, passed, severity, metadata });
  }

  /** Where there is only one partition its failure is the run's, which `close` reports. */
  reportPartitionFailure({ assetKey, partition, error }: PartitionFailureReport): void {
    if (this.#several)
      this.#say({ type: "partition_failed", asset_key: assetKey, partition, error: toPipesException(error) });
  }

  reportCustom(payload: Json): void {
    this.#session.reportCustomMessage(payload);
  }

  async close(error?: unknown): Promise<void> {
    await this.#session.close(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #say(message: PartitionMessage): void {
    this.#session.reportCustomMessage(message);
  }
}

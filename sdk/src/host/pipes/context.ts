import { FatalError } from "../../errors/millrace-error.ts";
import { type AssetKey, formatAssetKey, parseAssetKey } from "./asset-key.ts";
import type { PipesBounds, PipesContextData, PipesProvenance } from "./context-data.ts";
import type { Json } from "./json.ts";

/** What the orchestrator says about the run. Asking for what it did not say raises PIPES_CONTEXT_MISSING. */
export class PipesContext {
  /** Everything as it came. */
  readonly data: PipesContextData;
  /** The assets to materialize; empty where the step is not about assets. */
  readonly assetKeys: readonly AssetKey[];

  constructor(data: PipesContextData) {
    this.data = data;
    this.assetKeys = (data.asset_keys ?? []).map(parseAssetKey);
  }

  get runId(): string {
    return this.data.run_id;
  }

  get jobName(): string | null {
    return this.data.job_name;
  }

  /** 0 for the first attempt. */
  get retryNumber(): number {
    return this.data.retry_number;
  }

  get extras(): Readonly<Record<string, Json>> {
    return this.data.extras;
  }

  get isAssetStep(): boolean {
    return this.data.asset_keys !== null;
  }

  /** Whether the orchestrator named a partition. It does not in a backfill of several partitions by one run. */
  get isPartitionStep(): boolean {
    return this.data.partition_key !== null || this.data.partition_key_range !== null;
  }

  /** The only asset. Raises where there are none or several. */
  get assetKey(): AssetKey {
    const [key, ...others] = this.assetKeys;
    if (!key) throw missing("The run is about no asset", "Pass the asset's key, or launch it from an asset");
    if (others.length > 0) throw missing("The run is about several assets", "Pass the asset's key: one of `assetKeys`");
    return key;
  }

  /** The code version of an asset, by default the only one; null where it has none. */
  codeVersion(assetKey: AssetKey = this.assetKey): string | null {
    return this.data.code_version_by_asset_key?.[formatAssetKey(assetKey)] ?? null;
  }

  /** What an asset's last materialization was made from; null where there was none. By default of the only asset. */
  provenance(assetKey: AssetKey = this.assetKey): PipesProvenance | null {
    return this.data.provenance_by_asset_key?.[formatAssetKey(assetKey)] ?? null;
  }

  /** The only partition. Raises where there are none or several. */
  get partitionKey(): string {
    if (this.data.partition_key !== null) return this.data.partition_key;
    const range = this.data.partition_key_range;
    if (range === null) throw missing("The run has no partition", "Launch it for a partition, or do not ask for one");
    if (range.start !== range.end) throw missing("The run has several partitions", "Ask for `partitionKeyRange`");
    return range.start;
  }

  /** First and last partition, both included; the same where there is one. Raises where there is none. */
  get partitionKeyRange(): PipesBounds {
    const range = this.data.partition_key_range;
    return range ?? { start: this.partitionKey, end: this.partitionKey };
  }

  /** The time of the partitions, ISO 8601 with offset, half open; null where partitions are not spans of time. */
  get partitionTimeWindow(): PipesBounds | null {
    if (!this.isPartitionStep)
      throw missing("The run has no partition", "Launch it for a partition, or do not ask for one");
    return this.data.partition_time_window;
  }

  /**
   * The parts of a partition key that has dimensions. The orchestrator joins them in the order of the dimensions'
   * names, whatever order they were declared in.
   */
  partitionKeyByDimension<Name extends string>(...names: readonly Name[]): Readonly<Record<Name, string>> {
    const parts = this.partitionKey.split("|");
    if (parts.length !== names.length) {
      throw missing(
        `Partition "${this.partitionKey}" has ${parts.length} dimensions, not ${names.length}`,
        "Name each of them once",
      );
    }
    return Object.fromEntries(names.toSorted().map((name, at) => [name, parts[at] ?? ""])) as Record<Name, string>;
  }

  /** What the launcher passed under a name. Raises where it did not. */
  extra(name: string): Json {
    const value = Object.hasOwn(this.extras, name) ? this.extras[name] : undefined;
    if (value === undefined) throw missing(`The launcher passed no "${name}"`, "Pass it in the client's `extras`");
    return value;
  }
}

function missing(message: string, fix: string): FatalError {
  return new FatalError("PIPES_CONTEXT_MISSING", message, { fix });
}

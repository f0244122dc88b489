import type { AssetKey } from "./asset-key.ts";
import type { MetadataInput } from "./metadata.ts";

export interface Materialization {
  /** By default the only asset of the run. */
  readonly assetKey?: AssetKey | undefined;
  readonly metadata?: Readonly<Record<string, MetadataInput>> | undefined;
  readonly dataVersion?: string | undefined;
}

export interface AssetCheck {
  readonly checkName: string;
  readonly passed: boolean;
  /** Default `error`. */
  readonly severity?: "warn" | "error" | undefined;
  /** By default the only asset of the run. */
  readonly assetKey?: AssetKey | undefined;
  readonly metadata?: Readonly<Record<string, MetadataInput>> | undefined;
}

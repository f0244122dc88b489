import type { AssetKey, Json, LaunchPartitions } from "./host.ts";
import { toContextData } from "./pipes/context-data.ts";
import { formatAssetKey } from "./pipes/asset-key.ts";
import { PipesContext } from "./pipes/context.ts";
import { PipesSession, type PipesSessionOptions } from "./pipes/session.ts";
import { openLocalWriter } from "./pipes/writers/local-writer.ts";
import { PipesHost } from "./pipes-host.ts";

/** What a launcher would have said, given by the person at the terminal. */
export interface LocalLaunch extends PipesSessionOptions {
  readonly partitions?: LaunchPartitions | null;
  readonly config?: Readonly<Record<string, Json>>;
  readonly assetKeys?: readonly AssetKey[];
  /** A fresh UUID by default. */
  readonly runId?: string;
  readonly jobName?: string | null;
  readonly extras?: Readonly<Record<string, Json>>;
  /** Takes the lines for the person to read; stderr by default. */
  readonly print?: (text: string) => void;
}

/** A host without a launcher: what is reported is printed for a person to read. */
export function openLocalHost(options: LocalLaunch = {}): PipesHost {
  const {
    partitions = null,
    config,
    assetKeys = [],
    runId = crypto.randomUUID(),
    jobName = null,
    extras,
    print,
  } = options;
  const data = toContextData(
    {
      run_id: runId,
      job_name: jobName,
      asset_keys: assetKeys.length > 0 ? assetKeys.map(formatAssetKey) : null,
      partition_key_range: partitions?.kind === "range" ? { start: partitions.start, end: partitions.end } : null,
      extras: {
        ...extras,
        ...(config ? { config } : {}),
        ...(partitions?.kind === "keys" ? { partition_keys: partitions.keys } : {}),
      },
    },
    "the options",
  );
  return new PipesHost(
    "local",
    new PipesSession(new PipesContext(data), openLocalWriter(print), { ...options, isLaunched: false }),
  );
}

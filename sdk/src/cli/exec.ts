import { detectHost } from "../host/detect.ts";
import type { LaunchPartitions } from "../host/host.ts";
import { databaseUrl } from "../load/postgres/database-url.ts";
import { createLogger } from "../logging/logger.ts";
import { parseFields } from "./config-fields.ts";
import type { Operator } from "../operator/operator.ts";
import { StateAhead } from "../state/state-client.ts";

export interface ExecOptions {
  readonly project: string;
  readonly find: () => Promise<Operator>;
  /** Partition keys, for a run without a launcher. */
  readonly partitions: readonly string[];
  /** `FIELD=VALUE`, for a run without a launcher; values are JSON where they parse as it, else text. */
  readonly config: readonly string[];
}

/** Runs one operator under the host found in the environment; an error has been reported when this returns 1. */
export async function exec({ project, find, partitions, config }: ExecOptions): Promise<number> {
  const asked: LaunchPartitions | null = partitions.length === 0 ? null : { kind: "keys", keys: partitions };
  // It has no need to wait for who launched us, nor for the rest to be loaded.
  using ahead = connectAhead(process.env);
  const host = await detectHost({ env: process.env, local: { partitions: asked, config: parseFields(config) } });
  const log = createLogger({ level: process.env["MILLRACE_LOG_LEVEL"] ?? (host.kind === "local" ? "warn" : "info") });
  try {
    const operator = await find();
    // Paths in an operator's config are from its project, wherever the launcher stands.
    process.chdir(project);
    // The launcher has heard of us before the rest is loaded.
    const { execute } = await import("../operator/execute.ts");
    await execute({ operator, host, log, env: process.env, ahead });
  } catch (error) {
    await host.close(error);
    return 1;
  }
  await host.close();
  return 0;
}

function connectAhead(env: NodeJS.ProcessEnv): StateAhead | undefined {
  try {
    return new StateAhead(databaseUrl(env));
  } catch {
    return undefined; // said where it is needed
  }
}

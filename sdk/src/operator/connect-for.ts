import { connect, type LoadConnection } from "../load/postgres/connection.ts";
import type { PartitionRun } from "./partition-run.ts";

/** A connection for a partition's rows; `pg_stat_activity` says whose it is. */
export async function connectFor(run: PartitionRun): Promise<LoadConnection> {
  if (run.dryRun !== undefined) return await run.dryRun.connect();
  const { operator, partition, host, databaseUrl } = run;
  const applicationName = ["millrace", operator.name, partition?.key].filter(Boolean).join(" ");
  return await connect({ url: databaseUrl, applicationName, signal: host.signal, timeouts: operator.timeouts });
}

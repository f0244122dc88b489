import { connect, type LoadConnection } from "../load/postgres/connection.ts";
import type { PartitionRun } from "./partition-run.ts";

/** A connection for a partition's rows; `pg_stat_activity` says whose it is. */
export async function connectFor(run: PartitionRun): Promise<LoadConnection> {
  if (run.dryRun !== undefined) return await run.dryRun.connect();
  const { operator, partition, host, databaseUrl } = run;
  const applicationName = ["millrace", operator.name, partition?.key].filter(Boolean).join(" ");
  return await connect({ url: databaseUrl, applicationName, signal: host.signal, timeouts: operator.timeouts });
}

/** Connects while there is nothing to be loaded yet; the first call of `connect` gets that connection. */
export interface ConnectedAhead extends AsyncDisposable {
  readonly connect: () => Promise<LoadConnection>;
}

export function connectAhead(run: PartitionRun): ConnectedAhead {
  let first = run.dryRun === undefined ? connectFor(run) : undefined;
  first?.catch(() => {}); // whoever connects hears of it
  const take = () => {
    const taken = first;
    first = undefined;
    return taken;
  };
  return {
    connect: async () => await (take() ?? connectFor(run)),
    async [Symbol.asyncDispose]() {
      const untaken = await take()?.catch(() => undefined);
      await untaken?.[Symbol.asyncDispose]();
    },
  };
}

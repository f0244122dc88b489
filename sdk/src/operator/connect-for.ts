import { connect, type ConnectOptions, type LoadConnection } from "../load/postgres/connection.ts";
import { sessionName } from "../state/stopped-attempts.ts";
import type { PartitionRun } from "./partition-run.ts";

/** A connection for a partition's rows; `pg_stat_activity` says whose it is. */
export async function connectFor(run: PartitionRun): Promise<LoadConnection> {
  return run.dryRun === undefined ? await connect(optionsOf(run)) : await run.dryRun.connect();
}

function optionsOf({ operator, partition, attemptId, host, databaseUrl }: PartitionRun): ConnectOptions {
  const applicationName = sessionName(operator.name, partition?.key ?? "", attemptId);
  return { url: databaseUrl, applicationName, signal: host.signal, timeouts: operator.timeouts };
}

/** Connections of one attempt at a partition; the first is made while there is nothing to be loaded yet. */
export interface ConnectedAhead extends AsyncDisposable {
  readonly connect: () => Promise<LoadConnection>;
  /** Says that the attempt has succeeded: connections that are closed from here on are kept for the partitions behind it. */
  readonly succeeded: () => void;
}

export function connectAhead(run: PartitionRun): ConnectedAhead {
  let isOver = false;
  const connectOne = async () =>
    run.dryRun === undefined
      ? lent(await run.connections.connect(optionsOf(run)), run, () => isOver)
      : await run.dryRun.connect();
  let first = run.dryRun === undefined ? connectOne() : undefined;
  first?.catch(() => {}); // whoever connects hears of it
  const take = () => {
    const taken = first;
    first = undefined;
    return taken;
  };
  return {
    connect: async () => await (take() ?? connectOne()),
    succeeded: () => (isOver = true),
    async [Symbol.asyncDispose]() {
      const untaken = await take()?.catch(() => undefined);
      await untaken?.[Symbol.asyncDispose]();
    },
  };
}

/** A connection that is kept instead of closed, once, where all that was to be done on it is done. */
function lent(connection: LoadConnection, { connections }: PartitionRun, isOver: () => boolean): LoadConnection {
  let isBack = false;
  return {
    client: connection.client,
    async [Symbol.asyncDispose]() {
      if (isBack) return;
      isBack = true;
      await (isOver() ? connections.keep(connection) : connection[Symbol.asyncDispose]());
    },
  };
}

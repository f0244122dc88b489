import type { PostgresServer } from "@millrace/sdk/testing";
import type { Execution } from "./exec.ts";
import type { Proxy } from "./proxy.ts";

/** What can happen to a load while it runs. */
export type Fault = "kill" | "crash" | "cut";

export interface Victims {
  readonly server: PostgresServer;
  readonly proxy: Proxy;
  readonly execution: Execution;
}

/** Mostly the process is killed; else PostgreSQL crashes and comes back, or the load's connections are cut. */
export function chooseFault(random: () => number): Fault {
  const chance = random();
  return chance < 0.7 ? "kill" : chance < 0.85 ? "cut" : "crash";
}

/** Returns once what was interrupted is there again; the process may still be busy with what befell it. */
export async function strike(fault: Fault, { server, proxy, execution }: Victims): Promise<void> {
  if (fault === "kill") {
    execution.kill();
  } else if (fault === "cut") {
    proxy.cut();
  } else {
    await server.kill();
    await server.restart();
  }
}

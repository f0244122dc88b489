import type { PostgresServer } from "@millrace/sdk/testing";
import type { ModelledOperator } from "../model/operators.ts";
import type { ProxiedConnection, Proxy } from "../proxy.ts";
import type { Disk } from "../world/disk.ts";
import type { Execution } from "../world/launch.ts";

/** Where a fault strikes: a load that has come to the instant, and all that is around it. */
export interface Scene {
  readonly server: PostgresServer;
  /** Of the server's data; null where none can be mounted. */
  readonly disk: Disk | null;
  /** Of the database, past the proxy. */
  readonly url: string;
  readonly proxy: Proxy;
  /** The one on which the instant was; what it sends is held until the fault is over. */
  readonly connection: ProxiedConnection;
  readonly operator: ModelledOperator;
  readonly execution: Execution;
  /** Whether the message at which it strikes has reached the server. */
  readonly delivered: boolean;
  /** Starts one more run of the same partition, from the step's other source. */
  readonly startOther: () => Execution;
  /** Starts the operator's twin for the same partition, from that source; null where it has none. */
  readonly startTwin: () => Execution | null;
  /** Starts the server where it is down. */
  readonly recover: () => Promise<void>;
}

/** Something that happens to a load. */
export interface Fault {
  readonly name: string;
  /** As the table at the end says it. */
  readonly title: string;
  /** Whether the load comes through by itself; else it may fail, and the next run has to. */
  readonly passes: boolean;
  /** Returns false where it had nothing to strike. */
  readonly strike: (scene: Scene) => Promise<boolean | void>;
  /** How often it is drawn: 1 by default; more where it often has nothing to strike. */
  readonly weight?: number;
  /** What has to be there for it. What needs Dagster befalls a load that Dagster runs. */
  readonly needs?: "disk" | "dagster";
}

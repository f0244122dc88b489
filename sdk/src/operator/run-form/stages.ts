import type { LoadConnection } from "../../load/postgres/connection.ts";
import type { Lane } from "../../load/postgres/lane.ts";

/** Who stages rows on a connection. */
export interface Staging {
  /** Makes a lane with its temporary tables on the connection. */
  prepare(connection: LoadConnection): Promise<Lane>;
}

/** The temporary tables of a connection: they have the same names for all targets, and so belong to one at a time. */
export class Stages {
  readonly connection: LoadConnection;
  #owner: Staging | undefined;
  #lane: Lane | undefined;
  #used = false;

  constructor(connection: LoadConnection) {
    this.connection = connection;
  }

  async laneFor(staging: Staging): Promise<Lane> {
    if (this.#owner === staging) return this.#lane!;
    this.forget();
    if (this.#used) {
      await this.connection.client.query("DROP TABLE IF EXISTS pg_temp.millrace_stage, pg_temp.millrace_probe");
    }
    this.#used = true;
    this.#lane = await staging.prepare(this.connection);
    this.#owner = staging;
    return this.#lane;
  }

  /** What a transaction made is gone when it is rolled back. */
  forget(): void {
    this.#owner = undefined;
    this.#lane = undefined;
  }
}

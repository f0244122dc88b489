import {
  clearSession,
  connect,
  isAtRest,
  renewSession,
  type ConnectOptions,
  type LoadConnection,
} from "./connection.ts";

interface Kept {
  readonly connection: LoadConnection;
  readonly cleared: Promise<void>;
}

/**
 * Connections that a load has done with, for the loads after it: a new one costs the server a process, and that process all
 * that it has to look up of the tables. Whoever gets one finds it as if it were new.
 */
export class KeptConnections implements AsyncDisposable {
  readonly #kept: Kept[] = [];

  /** Connects; raises as `connect`. */
  async connect(options: ConnectOptions): Promise<LoadConnection> {
    options.signal.throwIfAborted();
    for (let kept = this.#kept.pop(); kept !== undefined; kept = this.#kept.pop()) {
      const { connection, cleared } = kept;
      try {
        await cleared;
        await renewSession(connection.client, options);
        return connection;
      } catch {
        await connection[Symbol.asyncDispose]();
      }
    }
    return await connect(options);
  }

  /** Takes a connection that nobody uses any more; one on which something is open or under way is closed instead. */
  async keep(connection: LoadConnection): Promise<void> {
    const { client } = connection;
    if (!isAtRest(client)) return await connection[Symbol.asyncDispose]();
    const cleared = clearSession(client);
    cleared.catch(() => {}); // whoever would have had it connects anew
    this.#kept.push({ connection, cleared });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#kept.splice(0).map(({ connection }) => connection[Symbol.asyncDispose]()));
  }
}

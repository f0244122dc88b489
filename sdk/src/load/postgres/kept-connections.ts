import { setTimeout as delay } from "node:timers/promises";
import {
  clearSession,
  connect,
  isAtRest,
  renewSession,
  type ConnectOptions,
  type LoadConnection,
} from "./connection.ts";

/** How long clearing a session may take at the end. */
const CLEAR_MS = 2000;

interface Kept {
  readonly connection: LoadConnection;
  readonly cleared: Promise<void>;
}

/**
 * Connections that a load has done with, for the loads after it: a new one costs the server a process, and that process all
 * that it has to look up of the tables. Whoever gets one finds it as if it were new.
 */
export class KeptConnections implements AsyncDisposable {
  readonly #keeps: boolean;
  readonly #kept: Kept[] = [];

  /** With `keeps` false, where no load comes after, all are closed. */
  constructor({ keeps }: { readonly keeps: boolean }) {
    this.#keeps = keeps;
  }

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
    if (!this.#keeps || !isAtRest(client)) return await connection[Symbol.asyncDispose]();
    const cleared = clearSession(client);
    cleared.catch(() => {}); // whoever would have had it connects anew
    this.#kept.push({ connection, cleared });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const close = async ({ connection, cleared }: Kept) => {
      // In the middle of it a connection would be torn off; a server that does not answer is not waited for.
      await Promise.race([cleared.catch(() => {}), delay(CLEAR_MS, undefined, { ref: false })]);
      await connection[Symbol.asyncDispose]();
    };
    await Promise.all(this.#kept.splice(0).map(close));
  }
}

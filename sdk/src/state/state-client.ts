import type { Socket } from "node:net";
import pg from "pg";

/** A connection for everything but rows; what it is asked at the same time travels together. */
export class StateClient extends pg.Client {
  /** A connection that has not answered for so long is given up: what it was asked fails. */
  silenceMs: number | undefined;
  #connecting: Promise<pg.Client> | undefined;
  #lost = false;

  constructor(connectionString: string) {
    const config = {
      connectionString,
      application_name: "millrace state",
      keepAlive: true,
      pipeline: true,
      // Of the connection alone: a pool's own limit would hold for those too who wait until others are done.
      connectionTimeoutMillis: 15_000,
    };
    super(config as pg.ClientConfig);
    // Whoever asks next hears of it.
    const lose = () => {
      this.#lost = true;
    };
    this.on("error", lose).on("end", lose);
    const query = this.query.bind(this) as (config: object, ...rest: unknown[]) => unknown;
    const inTime = (asked: string | object, ...rest: unknown[]) =>
      query({ ...(typeof asked === "string" ? { text: asked } : asked), query_timeout: this.silenceMs }, ...rest);
    this.query = inTime as typeof this.query;
  }

  get isLost(): boolean {
    return this.#lost;
  }

  get stream(): Socket {
    return (this as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
  }

  /** Called again, by who uses what another has begun, it waits for the same connection. */
  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<pg.Client> | void {
    const connecting = (this.#connecting ??= super.connect());
    if (callback === undefined) return connecting;
    connecting.then(() => (callback as () => void)(), callback);
  }
}

/** A connection that is made while what it is for is still being loaded. */
export class StateAhead implements Disposable {
  readonly #url: string;
  #client: StateClient | undefined;

  /** Raises what the driver says of the URL. */
  constructor(url: string) {
    this.#url = url;
    this.#client = new StateClient(url);
    this.#client.connect().catch(() => {}); // whoever takes it hears of it
  }

  /** The connection, once; undefined where it is to another database, or has gone again. */
  take(url: string): StateClient | undefined {
    const client = url === this.#url && this.#client?.isLost === false ? this.#client : undefined;
    if (client !== undefined) this.#client = undefined;
    return client;
  }

  /** Drops it where nobody has taken it. */
  [Symbol.dispose](): void {
    this.#client?.stream.destroy();
    this.#client = undefined;
  }
}

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { FrameReader, queryOf } from "./frames.ts";

/** A message of a client on its way. */
interface Message {
  /** The how manieth it is, over all connections, from 1. Data that is copied does not count. */
  readonly number: number;
  /** Of a simple query. */
  readonly sql: string | null;
}

/** Where in a conversation something is to happen. */
export interface Instant {
  /** At the first message that this is true of. */
  readonly when: (message: Message) => boolean;
  /** Whether the server still gets that message. */
  readonly delivered: boolean;
}

/** The connection on which the message came. */
export interface ProxiedConnection {
  /** Whatever the server says from here on does not arrive. */
  silence(): void;
}

/** Stands between clients and PostgreSQL, so that something can happen between two messages. */
export class Proxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #port: number;
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  readonly #silenced = new Set<Socket>();
  #messages = 0;
  #awaited: { readonly instant: Instant; readonly strike: (connection: ProxiedConnection) => void } | undefined;

  private constructor(server: ReturnType<typeof createServer>, target: URL) {
    this.#server = server;
    this.#port = Number(target.port);
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on("connection", (client) => this.#connect(client));
  }

  static async open(databaseUrl: string): Promise<Proxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Proxy(server, new URL(databaseUrl));
  }

  /** Messages so far. */
  get messages(): number {
    return this.#messages;
  }

  /** Counts from the beginning, and calls `strike` at that instant, once; what that connection sends after it is lost. */
  at(instant: Instant, strike: (connection: ProxiedConnection) => void): void {
    this.#messages = 0;
    this.#awaited = { instant, strike };
  }

  /** Ends all connections, and takes no more. */
  refuse(): void {
    this.#server.close();
    this.cut();
  }

  /** Whatever was to happen will not. */
  forget(): void {
    this.#awaited = undefined;
  }

  /** Ends all connections; the server gets what it was sent. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(client: Socket): void {
    const server = connect(this.#port, "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const reader = new FrameReader();
    let mute = false;
    client.on("data", (bytes) => {
      if (!mute) mute = this.#pass(bytes, { reader, server });
    });
    server.on("data", (bytes) => {
      if (!this.#silenced.has(server)) client.write(bytes);
    });
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on("error", () => {});
      from.on("end", () => to.end());
      from.on("close", () => {
        to.end();
        this.#pairs.delete(pair);
      });
    }
  }

  /** Passes a client's bytes on; true where they ended at the instant that was waited for, and nothing may follow. */
  #pass(bytes: Buffer, { reader, server }: { readonly reader: FrameReader; readonly server: Socket }): boolean {
    for (const frame of reader.read(bytes)) {
      const { type, start, end } = frame;
      if (type === "d") continue;
      this.#messages += 1;
      const awaited = this.#awaited;
      if (!awaited?.instant.when({ number: this.#messages, sql: queryOf(bytes, frame) })) continue;
      this.#awaited = undefined;
      server.write(bytes.subarray(0, awaited.instant.delivered ? end : start), () => {
        awaited.strike({ silence: () => this.#silenced.add(server) });
      });
      return true;
    }
    server.write(bytes);
    return false;
  }
}

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FrameReader, parsedOf, queryOf } from "./frames.ts";

/** A message of a client on its way. */
interface Message {
  /** The how manieth it is, over all connections, from 1. Data that is copied does not count. */
  readonly number: number;
  /** Of a simple query. */
  readonly sql: string | null;
  /** SQL with parameters, as the state's is. */
  readonly parsed: string | null;
}

/** Where in a conversation something is to happen. */
export interface Instant {
  /** At the first message that this is true of. */
  readonly when: (message: Message) => boolean;
  /** Whether the server still gets that message. */
  readonly delivered: boolean;
}

/** The connection on which the message came: what its client sends from there on waits. */
export interface ProxiedConnection {
  /** Whatever the server says from here on does not arrive. */
  silence(): void;
  /** What waits goes on to the server, and whatever follows. */
  release(): void;
  /** The client's side ends; what waits reaches the server so much later. */
  deliverLate(ms: number): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What is held back of the client's bytes; null where they pass. */
  held: Buffer[] | null;
  /** Nothing passes any more, in neither direction, and the ends do not hear of each other's end. */
  dropped: boolean;
  silenced: boolean;
  /** Bytes of either direction wait until then. */
  stalled: Promise<void>;
}

/** Stands between clients and PostgreSQL, so that something can happen between two messages. */
export class Proxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #port: number;
  readonly #pairs = new Set<Pair>();
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

  /** Counts from the beginning, and calls `strike` at that instant, once; what that connection sends after it is held back. */
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
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.end();
    }
  }

  /** Ends all connections, on both sides at once and without a word. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Ends one side of all connections; the other gets nothing any more. The server finds out after `noticedMs`. */
  half(side: "client" | "server", noticedMs: number): void {
    for (const pair of this.#pairs) {
      drop(pair, noticedMs);
      pair[side].end();
    }
  }

  /**
   * Nothing passes on all connections that there are, for good; new ones are as ever. The server finds out after
   * `noticedMs`, as its keepalives would.
   */
  drop(noticedMs: number): void {
    for (const pair of this.#pairs) drop(pair, noticedMs);
  }

  /** Nothing passes on all connections that there are for a while; then all of it does. */
  async stall(ms: number): Promise<void> {
    const over = delay(ms);
    for (const pair of this.#pairs) pair.stalled = over;
    await over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(client: Socket): void {
    const server = connect(this.#port, "127.0.0.1");
    const pair: Pair = { client, server, held: null, dropped: false, silenced: false, stalled: Promise.resolve() };
    this.#pairs.add(pair);
    const reader = new FrameReader();
    client.on("data", (bytes: Buffer) => {
      void pair.stalled.then(() => this.#pass(bytes, { reader, pair }));
    });
    server.on("data", (bytes: Buffer) => {
      void pair.stalled.then(() => pair.silenced || pair.dropped || client.write(bytes));
    });
    for (const [from, to] of [[client, server] as const, [server, client] as const]) {
      const end = () => void pair.stalled.then(() => !pair.dropped && to.end());
      from.on("error", () => {});
      from.on("end", end);
      from.on("close", () => {
        end();
        if (to.destroyed || !pair.dropped) this.#pairs.delete(pair);
      });
    }
  }

  /** Passes a client's bytes on, up to the instant that is waited for. */
  #pass(bytes: Buffer, { reader, pair }: { readonly reader: FrameReader; readonly pair: Pair }): void {
    if (pair.dropped) return;
    const frames = reader.read(bytes);
    if (pair.held !== null) {
      pair.held.push(bytes);
      return;
    }
    for (const frame of frames) {
      const { type, start, end } = frame;
      if (type === "d") continue;
      this.#messages += 1;
      const awaited = this.#awaited;
      const message = { number: this.#messages, sql: queryOf(bytes, frame), parsed: parsedOf(bytes, frame) };
      if (!awaited?.instant.when(message)) continue;
      this.#awaited = undefined;
      const until = awaited.instant.delivered ? end : start;
      pair.held = [bytes.subarray(until)];
      pair.server.write(bytes.subarray(0, until), () => awaited.strike(handleOf(pair)));
      return;
    }
    pair.server.write(bytes);
  }
}

function drop(pair: Pair, noticedMs: number): void {
  pair.dropped = true;
  void delay(noticedMs, undefined, { ref: false }).then(() => pair.server.resetAndDestroy());
}

function handleOf(pair: Pair): ProxiedConnection {
  const release = () => {
    for (const bytes of pair.held ?? []) pair.server.write(bytes);
    pair.held = null;
  };
  return {
    release,
    silence: () => {
      pair.silenced = true;
    },
    deliverLate: async (ms) => {
      pair.dropped = true;
      pair.client.destroy();
      await delay(ms);
      release();
      pair.server.end();
    },
  };
}

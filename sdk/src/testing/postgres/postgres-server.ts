import pg from "pg";
import { rm } from "node:fs/promises";
import { superuser } from "./cluster.ts";
import type { ClusterLocation } from "./location.ts";
import { address } from "./port.ts";
import { crash, shutDown } from "./server-process.ts";

/** A running PostgreSQL server of this machine; `await using` stops it at the end of the block. */
export interface PostgresServer extends AsyncDisposable {
  /** The connection string of the database `postgres`, as its superuser. */
  readonly url: string;
  readonly port: number;
  /** Where the data is: not below the directory asked for, where the server's user may not look into that. */
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Whether the server was running before. */
  readonly adopted: boolean;
  /** Creates a database, unless there is one of that name, and returns its connection string. */
  createDatabase(name: string): Promise<string>;
  /** Shuts the server down, also an adopted one, and waits until it is gone. */
  stop(): Promise<void>;
  /** Kills the server and its sessions (SIGKILL), as a crash would; the next start recovers. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after stopping it if it runs. */
  restart(): Promise<void>;
}

const stopTimeoutMs = 60_000;

interface LocalServerOptions {
  readonly location: ClusterLocation;
  readonly port: number;
  readonly adopted: boolean;
  /** Whether disposing of it stops it. */
  readonly owned: boolean;
  readonly start: (port: number) => Promise<unknown>;
}

/** The server behind `startPostgres`. */
export class LocalServer implements PostgresServer {
  readonly #options: LocalServerOptions;

  constructor(options: LocalServerOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#options.port;
  }

  get adopted(): boolean {
    return this.#options.adopted;
  }

  get url(): string {
    return this.#urlOf("postgres");
  }

  get dataDirectory(): string {
    return this.#options.location.dataDirectory;
  }

  get logFile(): string {
    return this.#options.location.logFile;
  }

  async createDatabase(name: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
      if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
    return this.#urlOf(name);
  }

  async stop(): Promise<void> {
    await shutDown(this.#options.location, stopTimeoutMs);
  }

  async kill(): Promise<void> {
    await crash(this.#options.location, stopTimeoutMs);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#options.start(this.port);
  }

  /** Stops the server, unless another process that is still alive started it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { location, owned } = this.#options;
    if (!owned) return;
    await this.stop();
    if (location.temporary) await rm(location.directory, { recursive: true, force: true });
  }

  #urlOf(database: string): string {
    return `postgres://${superuser}@${address}:${this.port}/${encodeURIComponent(database)}`;
  }
}

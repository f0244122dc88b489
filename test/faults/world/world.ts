import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fault } from "../fault/fault.ts";
import { operators, partitionOf, type ModelledOperator } from "../model/operators.ts";
import { sourceOf, SOURCES } from "../model/records.ts";
import { openDagster, type Dagster } from "./dagster.ts";
import { mountDisk, type Disk } from "./disk.ts";
import { launch } from "./launch.ts";
import { connected } from "./observe.ts";

/** Enough for the server, its log of changes and two databases. */
const DISK_MB = 400;

export interface WorldOptions {
  /** With a Dagster that can run loads. */
  readonly dagster?: boolean;
  /** Whoever waits here is to stop: processes that are under way are killed. */
  readonly signal?: AbortSignal;
}

/** A real PostgreSQL, on a disk that can be filled where one may be mounted, and the sources of all operators. */
export class World implements AsyncDisposable {
  readonly server: PostgresServer;
  readonly disk: Disk | null;
  readonly dagster: Dagster | null;
  readonly signal: AbortSignal;
  readonly #folder: string;
  readonly #stack: AsyncDisposableStack;
  #databases = 0;

  private constructor({
    server,
    disk,
    dagster,
    signal,
    folder,
    stack,
  }: {
    server: PostgresServer;
    disk: Disk | null;
    dagster: Dagster | null;
    signal: AbortSignal;
    folder: string;
    stack: AsyncDisposableStack;
  }) {
    this.server = server;
    this.disk = disk;
    this.dagster = dagster;
    this.signal = signal;
    this.#folder = folder;
    this.#stack = stack;
  }

  static async open({
    dagster: wanted = false,
    signal = new AbortController().signal,
  }: WorldOptions = {}): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "millrace-faults-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const dagster = wanted ? await openDagster(join(folder, "dagster")) : null;
    const disk = await mountDisk(DISK_MB);
    if (disk !== null) stack.use(disk);
    const server = stack.use(
      await startPostgres({
        ...(disk !== null && { directory: join(disk.folder, "postgres") }),
        settings: {
          max_connections: 50,
          fsync: false,
          deadlock_timeout: "200ms",
          max_wal_size: "64MB",
          min_wal_size: "32MB",
        },
        signal,
      }),
    );
    const world = new World({ server, disk, dagster, signal, folder, stack: new AsyncDisposableStack() });
    await world.#prepare();
    world.#stack.use(stack.move());
    return world;
  }

  /** Why a fault can not be injected here; null where it can. */
  lacks({ needs }: Fault): string | null {
    if (needs === "disk" && this.disk === null) return "no disk may be mounted here";
    return needs === "dagster" && this.dagster === null ? "without Dagster" : null;
  }

  /** Calls `stop` should all of it be interrupted, until disposed of. */
  interrupted(stop: () => void): Disposable {
    const { signal } = this;
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    return { [Symbol.dispose]: () => signal.removeEventListener("abort", stop) };
  }

  /** The file of a source; of an operator with partitions, {partition} in it stands for a key. */
  pattern({ name, partitioned }: ModelledOperator, source: number): string {
    return join(this.#folder, `${name}-${partitioned ? "{partition}" : "all"}-${source}.csv`);
  }

  /** A database with the operators' tables; one that is prepared has Millrace's own as well. */
  async openDatabase(prepared: boolean): Promise<{ readonly url: string } & AsyncDisposable> {
    this.#databases += 1;
    const name = `sequence_${this.#databases}`;
    const admin = this.server.url;
    await connected(admin, (sql) => sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(prepared ? "prepared" : "bare")}`);
    const url = await this.server.createDatabase(name);
    const drop = () => connected(admin, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`);
    return { url, [Symbol.asyncDispose]: async () => void (await drop()) };
  }

  /** Starts the server where a fault that failed has left it down. */
  async recover(): Promise<void> {
    await connected(this.server.url, (sql) => sql`SELECT 1`).catch(async () => await this.server.restart());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }

  async #prepare(): Promise<void> {
    for (const operator of operators) {
      for (const day of operator.partitioned ? [0, 1] : [0]) {
        for (let source = 0; source < SOURCES; source += 1) {
          const { header, records } = sourceOf(operator, { day, source });
          const file = this.pattern(operator, source).replace("{partition}", partitionOf(operator, day));
          await writeFile(file, header + records.map(({ text }) => text).join(""));
        }
      }
    }
    const bare = await this.server.createDatabase("bare");
    await connected(bare, async (sql) => {
      for (const { ddl } of operators) await sql.unsafe(ddl);
    });
    await connected(this.server.url, (sql) => sql`CREATE DATABASE prepared TEMPLATE bare`);
    const prepared = await this.server.createDatabase("prepared");
    // A load makes Millrace's own tables, and the bundle of the operators' code.
    const [first] = operators;
    const { ended } = launch({
      operator: first!.name,
      partitions: ["2024-01-01"],
      file: this.pattern(first!, 0),
      databaseUrl: prepared,
      runId: "prepare",
    });
    const { ok, error, log } = await ended;
    if (!ok) throw new Error(`a load that nothing disturbed failed: ${error}\n${log}`);
    await connected(prepared, (sql) =>
      sql.unsafe(
        "TRUNCATE appended, millrace.runs, millrace.checkpoints, millrace.dead_letters, millrace.tombstones RESTART IDENTITY",
      ),
    );
  }
}

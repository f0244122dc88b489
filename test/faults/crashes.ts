import { startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { difference, finishedLoads, readContent, type Content } from "./content.ts";
import { exec, type Execution } from "./exec.ts";
import { chooseFault, strike, type Fault } from "./faults.ts";
import type { SourceFiles } from "./files.ts";
import { Proxy } from "./proxy.ts";
import { randomFrom } from "./random.ts";
import type { Scenario } from "./scenarios.ts";

export interface CrashOptions {
  readonly scenarios: readonly Scenario[];
  /** How many processes are to be killed at least; each scenario has its turn, and connections are cut and servers crashed besides. */
  readonly kills: number;
  readonly seed: number;
  readonly say?: (text: string) => void;
}

export interface CrashReport {
  /** How often each happened. */
  readonly faults: Readonly<Record<Fault, number>>;
  /** Loads that were interrupted, and in the end finished. */
  readonly loads: number;
  /** Loads that did not come to what one without interruption comes to. */
  readonly failures: readonly string[];
}

/** A load may take longer than this only if it hangs. */
const PATIENCE_MS = 180_000;

/** A scenario with its sources, the database to begin with, and what is to come of it. */
interface Trial {
  readonly scenario: Scenario;
  readonly files: SourceFiles;
  readonly template: string;
  readonly expected: Content;
  /** How long it takes, and how many messages to the server, without interruption: until the load begins, and from then on. */
  readonly start: Extent;
  readonly load: Extent;
}

/** Loads again and again, each time interrupted at random instants and tried again until it finishes, and compares. */
export async function runCrashes({ scenarios, kills, seed, say = () => {} }: CrashOptions): Promise<CrashReport> {
  const random = randomFrom(seed);
  await using cleanUp = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "millrace-crashes-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  const server = cleanUp.use(await startPostgres());
  const runner = new CrashRunner(server, { folder, random });

  const trials: Trial[] = [];
  for (const scenario of scenarios) trials.push(await runner.prepare(scenario, trials.length));
  const faults = { kill: 0, crash: 0, cut: 0 };
  const failures: string[] = [];
  let loads = 0;
  while (faults.kill < kills || loads < trials.length) {
    const trial = trials[loads % trials.length]!;
    loads += 1;
    const began = performance.now();
    const { befell, failure } = await runner.interrupt(trial, loads);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    for (const fault of befell) faults[fault] += 1;
    say(
      `${faults.kill} of ${kills} kills, ${trial.scenario.name}, ${seconds} s: ${befell.join(", ") || "undisturbed"}${failure === null ? "" : `\n${failure}`}`,
    );
    if (failure !== null)
      failures.push(`${trial.scenario.name}, load ${loads} of seed ${seed}, after ${befell.join(", ")}:\n${failure}`);
  }
  return { faults, loads, failures };
}

interface Extent {
  readonly ms: number;
  readonly messages: number;
}

class CrashRunner {
  readonly #server: PostgresServer;
  readonly #folder: string;
  readonly #random: () => number;

  constructor(server: PostgresServer, { folder, random }: { readonly folder: string; readonly random: () => number }) {
    this.#server = server;
    this.#folder = folder;
    this.#random = random;
  }

  /** Loads what the target has before, and then, elsewhere, what is to come of the load. */
  async prepare(scenario: Scenario, number: number): Promise<Trial> {
    const files = await scenario.writeFiles(await mkdtemp(join(this.#folder, "sources-")), this.#random);
    const template = `before_${number}`;
    const before = await this.#server.createDatabase(template);
    await administer(before, (sql) => sql.unsafe(scenario.ddl));
    if (scenario.filled) await this.#succeed(this.#start(scenario, { file: files.before, databaseUrl: before }));
    const databaseUrl = await this.#copy(template, `clean_${number}`);
    await using proxy = await Proxy.open(databaseUrl);
    const extent = (since: number, messages: number): Extent => ({
      ms: performance.now() - since,
      messages: proxy.messages - messages,
    });
    const began = performance.now();
    const execution = this.#start(scenario, { file: files.now, databaseUrl: proxy.url });
    await execution.began;
    const start = extent(began, 0);
    await this.#succeed(execution);
    const load = extent(began + start.ms, start.messages);
    return { scenario, files, template, expected: await content(scenario, databaseUrl), start, load };
  }

  /** One load, interrupted a few times. */
  async interrupt(
    trial: Trial,
    number: number,
  ): Promise<{ readonly befell: readonly Fault[]; readonly failure: string | null }> {
    const { scenario, files, expected } = trial;
    const databaseUrl = await this.#copy(trial.template, `load_${number}`);
    const befell: Fault[] = [];
    const finished = async () => (await finishedLoads(databaseUrl)) > (scenario.filled ? 1 : 0);
    await using proxy = await Proxy.open(databaseUrl);
    const start = () => this.#start(scenario, { file: files.now, databaseUrl: proxy.url });
    for (let left = 1 + Math.floor(this.#random() * 4); left > 0 && !(await finished()); left -= 1) {
      const fault = await this.#interruptOnce(start(), { trial, proxy });
      if (fault !== null) befell.push(fault);
    }
    if (!(await finished())) {
      const outcome = await patiently(start());
      if (outcome !== null) return { befell, failure: `the last attempt failed: ${outcome}` };
    }
    const failure = difference(expected, await content(scenario, databaseUrl));
    if (failure === null)
      await administer(this.#server.url, (sql) => sql`DROP DATABASE ${sql(`load_${number}`)} WITH (FORCE)`);
    return { befell, failure };
  }

  /** What befell a process before it ended; null where it was quicker. */
  async #interruptOnce(
    execution: Execution,
    { trial, proxy }: { readonly trial: Trial; readonly proxy: Proxy },
  ): Promise<Fault | null> {
    const fault = chooseFault(this.#random);
    let struck: Promise<void> | undefined;
    const hit = () => void (struck = strike(fault, { server: this.#server, proxy, execution }));
    const { start, load } = trial;
    const whileLoading = this.#random() < 0.8;
    if (this.#random() < 0.75) {
      const message = whileLoading ? start.messages + this.#random() * load.messages : this.#random() * start.messages;
      const chosen = 1 + Math.floor(message);
      proxy.at({ when: ({ number }) => number === chosen, delivered: this.#random() < 0.5 }, hit);
    } else {
      if (whileLoading) await execution.began;
      await delay(this.#random() * (whileLoading ? load : start).ms);
      if (!(await Promise.race([execution.ended.then(() => true), delay(0, false)]))) hit();
    }
    await patiently(execution);
    proxy.forget();
    await struck;
    return struck === undefined ? null : fault;
  }

  #start({ operator, partition }: Scenario, where: { readonly file: string; readonly databaseUrl: string }): Execution {
    return exec({ operator, partition, ...where });
  }

  async #succeed(execution: Execution): Promise<void> {
    const outcome = await patiently(execution);
    if (outcome !== null) throw new Error(`a load that nothing interrupted failed: ${outcome}`);
  }

  async #copy(template: string, name: string): Promise<string> {
    await administer(this.#server.url, async (sql) => {
      // Whoever was killed may not have left it yet.
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${template}`;
      await sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(template)}`;
    });
    return await this.#server.createDatabase(name);
  }
}

async function content({ operator: table, countsDependOnChunks = false }: Scenario, url: string): Promise<Content> {
  return await readContent(url, { table, outcomes: !countsDependOnChunks });
}

/** How a process ended, which it must do. */
async function patiently(execution: Execution): Promise<string | null> {
  const stop = new AbortController();
  const late = delay(PATIENCE_MS, "late" as const, { signal: stop.signal }).catch(() => null);
  const outcome = await Promise.race([execution.ended, late]);
  stop.abort();
  if (outcome !== "late") return outcome;
  execution.kill();
  throw new Error(`a load has not ended after ${PATIENCE_MS} ms: it hangs`);
}

async function administer(url: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

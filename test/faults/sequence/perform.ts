import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { faultNamed } from "../fault/faults.ts";
import { compare, contentOf } from "../model/content.ts";
import { beginningOf, emptyState, fold, type State } from "../model/fold.ts";
import { days, operators, partitionOf, type ModelledOperator } from "../model/operators.ts";
import { Proxy, type ProxiedConnection } from "../proxy.ts";
import { launch, type Ending, type Execution } from "../world/launch.ts";
import { PATIENCE_MS } from "../world/limits.ts";
import { observe, type LedgerEntry, type Observation } from "../world/observe.ts";
import type { World } from "../world/world.ts";
import { Failure } from "./failure.ts";
import { describeStep, type Sequence, type Step } from "./sequence.ts";
import type { Tally } from "./tally.ts";

/** Performs a sequence and holds what there is after each step to the model. Raises Failure where they differ. */
export async function perform(sequence: Sequence, world: World, tally: Tally): Promise<void> {
  const operator = operators.find(({ name }) => name === sequence.operator)!;
  await using database = await world.openDatabase(sequence.prepared);
  await using proxy = await Proxy.open(database.url);
  const performer = new Performer({ operator, world, proxy, url: database.url, tally });
  for (const step of sequence.steps) await performer.step(step);
  await performer.settle();
}

interface PerformerOptions {
  readonly operator: ModelledOperator;
  readonly world: World;
  readonly proxy: Proxy;
  readonly url: string;
  readonly tally: Tally;
}

interface Run {
  readonly execution: Execution;
  readonly source: number;
}

class Performer {
  readonly #options: PerformerOptions;
  /** By the scheduler's id of their run. */
  readonly #sources = new Map<string, number>();
  /** The last step of each day. */
  readonly #last = new Map<number, Step>();
  #ledger: readonly LedgerEntry[] = [];
  #state: State = emptyState;

  constructor(options: PerformerOptions) {
    this.#options = options;
  }

  async step(step: Step): Promise<void> {
    const { tally, proxy } = this.#options;
    tally.steps += 1;
    this.#last.set(step.day, step);
    const runs: Run[] = [];
    let struck: Promise<boolean> | undefined;
    const first = this.#launch(step, step.source, runs);
    if (step.fault !== "none") {
      const chosen = Math.max(1, step.at);
      proxy.at({ when: ({ number }) => number === chosen, delivered: step.delivered }, (connection) => {
        struck = this.#strike(step, { connection, first, runs });
      });
    }
    const failed = (message: string) => new Failure(`${message}, after: ${describeStep(step)}`, { fault: step.fault });
    try {
      await patiently(first.execution.ended, failed);
      proxy.forget();
      const injected = (await struck) ?? false;
      const endings: (Ending & { readonly source: number; readonly first: boolean })[] = [];
      for (const run of runs) {
        const ending = await patiently(run.execution.ended, failed);
        endings.push({ ...ending, source: run.source, first: run === first });
      }
      await this.#compare(step, endings);
      if (injected) tally.add(step.fault, { survived: true });
    } catch (error) {
      for (const { execution } of runs) execution.send("SIGKILL");
      await Promise.all(runs.map(({ execution }) => execution.ended));
      if (error instanceof Failure)
        tally.add(step.fault, { survived: false, lost: error.lost, doubled: error.doubled });
      throw error;
    }
  }

  /** What was loaded last of each day is loaded to its end. */
  async settle(): Promise<void> {
    for (const step of this.#last.values()) await this.step({ ...step, fault: "none" });
  }

  #launch(step: Step, source: number, runs: Run[]): Run {
    const { operator, world, proxy } = this.#options;
    const runId = randomUUID();
    this.#sources.set(runId, source);
    const file = world.file(operator, { day: dayOf(operator, step), source });
    const partition = partitionOf(operator, step.day);
    const run = {
      execution: launch({ operator: operator.name, partition, file, databaseUrl: proxy.url, runId }),
      source,
    };
    runs.push(run);
    return run;
  }

  async #strike(
    step: Step,
    { connection, first, runs }: { readonly connection: ProxiedConnection; readonly first: Run; readonly runs: Run[] },
  ): Promise<boolean> {
    const { operator, world, proxy, url } = this.#options;
    const { server, disk } = world;
    const startOther = () => this.#launch(step, step.other, runs).execution;
    const scene = {
      server,
      disk,
      url,
      proxy,
      connection,
      operator,
      execution: first.execution,
      delivered: step.delivered,
      startOther,
      recover: () => world.recover(),
    };
    try {
      return (await faultNamed(step.fault).strike(scene)) !== false;
    } finally {
      connection.release();
    }
  }

  async #compare(
    step: Step,
    endings: readonly (Ending & { readonly source: number; readonly first: boolean })[],
  ): Promise<void> {
    const { operator, url } = this.#options;
    const observed = await observe(url, operator);
    const failed = (message: string, found: { lost?: number; doubled?: number } = {}) =>
      new Failure(`${message}\nafter: ${describeStep(step)}\n${endings.map(describeEnding).join("\n")}`, {
        fault: step.fault,
        ...found,
      });
    const before = this.#state;
    try {
      this.#state = this.#after(observed);
    } catch (error) {
      throw failed((error as Error).message);
    }
    const { lost, doubled } = compare(contentOf(operator, this.#state), observed.content);
    if (lost.length + doubled.length > 0) {
      const some = (lines: readonly string[], mark: string) => lines.slice(0, 25).map((line) => `  ${mark} ${line}`);
      const text = [`${lost.length} lost, ${doubled.length} too many`, ...some(lost, "-"), ...some(doubled, "+")].join(
        "\n",
      );
      throw failed(text, { lost: lost.length, doubled: doubled.length });
    }
    this.#ledger = observed.ledger;
    this.#judge(step, { before, endings, failed });
  }

  /** The state that what is new in the ledger leads to. Raises Error where an attempt of before is not as it was. */
  #after({ ledger }: Observation): State {
    const { operator } = this.#options;
    for (const entry of this.#ledger) {
      const now = ledger.find(({ partition, epoch }) => partition === entry.partition && epoch === entry.epoch);
      if (JSON.stringify(now) !== JSON.stringify(entry))
        throw new Error(
          `an attempt that had ended has changed: from ${JSON.stringify(entry)} to ${JSON.stringify(now)}`,
        );
    }
    let state = this.#state;
    for (const entry of ledger) {
      if (this.#ledger.some(({ partition, epoch }) => partition === entry.partition && epoch === entry.epoch)) continue;
      const { commits, status, runId, counts } = entry;
      requireAccounts(counts);
      const day = operator.partitioned ? days.indexOf(entry.partition) : 0;
      state = fold(operator, state, {
        day,
        source: this.#sources.get(runId)!,
        commits,
        read: counts["read"]!,
        finished: status === "finished",
      });
    }
    return state;
  }

  /** Holds how the processes ended to what befell them. */
  #judge(
    step: Step,
    {
      before,
      endings,
      failed,
    }: {
      readonly before: State;
      readonly endings: readonly (Ending & { readonly source: number; readonly first: boolean })[];
      readonly failed: (message: string) => Failure;
    },
  ): void {
    const { operator } = this.#options;
    const day = dayOf(operator, step);
    const reached = this.#state.progress[day];
    const done = endings.filter(({ ok }) => ok);
    if (done.length > 0 && reached?.finished !== true) throw failed("a run says that it is done, and it is not");
    if (endings.length === 1 && done.length > 0 && reached?.source !== step.source)
      throw failed("a run says that it is done, and another source is loaded");
    for (const { ok, error, signal, source, first } of endings) {
      if (ok) continue;
      if (first && ["kill", "term", "orphan"].includes(step.fault)) continue;
      if (signal !== null) throw failed(`a process was ended by ${signal}`);
      if (!/\[[A-Z_]+\]/.test(error)) throw failed(`a process failed and did not say why: ${error}`);
      if (endings.length > 1 && error.includes("[FENCED]")) continue;
      if (operator.way === "append" && error.includes("[SOURCE_CHANGED]")) {
        if (endings.length > 1 || beginningOf(operator, before.progress[day] ?? null, source) === "refused") continue;
      }
      if (first && step.fault !== "none" && !faultNamed(step.fault).passes && endings.length === 1) continue;
      throw failed("a run failed that should have come through");
    }
  }
}

function dayOf({ partitioned }: ModelledOperator, { day }: Step): number {
  return partitioned ? day : 0;
}

function requireAccounts(counts: Readonly<Record<string, number>>): void {
  const outcomes = ["inserted", "updated", "unchanged", "deleted", "filtered", "superseded", "rejected"];
  const sum = outcomes.reduce((total, outcome) => total + (counts[outcome] ?? 0), 0);
  if (sum !== counts["read"]) throw new Error(`an attempt's accounts do not add up: ${JSON.stringify(counts)}`);
}

function describeEnding({ ok, error, signal, source, log }: Ending & { readonly source: number }): string {
  if (ok) return `run of source ${source}: done`;
  const last = log
    .trimEnd()
    .split("\n")
    .slice(-6)
    .map((line) => `    ${line.slice(0, 400)}`);
  return [`run of source ${source}: ${signal ?? "failed"} ${error.slice(0, 600)}`, ...last].join("\n");
}

/** How it ended, which it must do. */
async function patiently<T>(ended: Promise<T>, failed: (message: string) => Failure): Promise<T> {
  const stop = new AbortController();
  const late = delay(PATIENCE_MS, "late" as const, { signal: stop.signal }).catch(() => "late" as const);
  const outcome = await Promise.race([ended, late]);
  stop.abort();
  if (outcome === "late") throw failed(`a process has not ended after ${PATIENCE_MS / 1000} s: it hangs`);
  return outcome as T;
}

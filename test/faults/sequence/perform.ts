import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { faultNamed } from "../fault/faults.ts";
import { compare, contentOf } from "../model/content.ts";
import { emptyState, fold, type State } from "../model/fold.ts";
import { days, operators, partitionOf, type ModelledOperator } from "../model/operators.ts";
import { Proxy, type ProxiedConnection } from "../proxy.ts";
import { launch, type Execution } from "../world/launch.ts";
import { PATIENCE_MS } from "../world/limits.ts";
import { observe, type LedgerEntry, type Observation } from "../world/observe.ts";
import type { World } from "../world/world.ts";
import { Failure } from "./failure.ts";
import { instantOf } from "./instant.ts";
import { describeEnding, judge, type Ended, type JudgeOptions, type Run } from "./judge.ts";
import { daysOf, describeStep, parallelOf, type Sequence, type Step } from "./sequence.ts";
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

interface Started extends Run {
  readonly execution: Execution;
}

/** What came of a fault: whether it had something to strike, and how long it took. */
interface Strike {
  readonly injected: boolean;
  readonly tookMs: number;
}

class Performer {
  readonly #options: PerformerOptions;
  /** By the scheduler's id of their run. */
  readonly #sources = new Map<string, number>();
  /** The source of the run whose id a scheduler chooses itself. */
  #scheduled = 0;
  /** The last step of each day. */
  readonly #last = new Map<number, Step>();
  #ledger: readonly LedgerEntry[] = [];
  #state: State = emptyState;

  constructor(options: PerformerOptions) {
    this.#options = options;
  }

  async step(step: Step): Promise<void> {
    const { tally, proxy, operator, world } = this.#options;
    tally.steps += 1;
    for (const day of daysOf(operator, step)) this.#last.set(day, { ...step, day });
    const runs: Started[] = [];
    let struck: Promise<Strike> | undefined;
    const fault = step.fault === "none" ? null : faultNamed(step.fault);
    const first = this.#launch(step, runs, {
      source: step.source,
      by: operator.name,
      scheduled: fault?.needs === "dagster",
    });
    using _ = world.interrupted(() => runs.forEach(({ execution }) => execution.send("SIGKILL")));
    if (fault !== null) {
      proxy.at(instantOf(operator, step), (connection) => {
        struck = this.#strike(step, { connection, first, runs });
      });
    }
    const failed = (message: string) => new Failure(`${message}, after: ${describeStep(step)}`, { fault: step.fault });
    try {
      await patiently(first.execution.ended, failed);
      proxy.forget();
      const { injected, tookMs } = (await struck) ?? { injected: false, tookMs: 0 };
      const endings: Ended[] = [];
      for (const run of runs) endings.push({ ...(await patiently(run.execution.ended, failed)), ...run });
      await this.#compare(step, { endings, faultMs: tookMs });
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

  #launch(
    step: Step,
    runs: Started[],
    { source, by, scheduled = false }: { readonly source: number; readonly by: string; readonly scheduled?: boolean },
  ): Started {
    const { operator, world, proxy } = this.#options;
    const runId = randomUUID();
    if (scheduled) this.#scheduled = source;
    else this.#sources.set(runId, source);
    const loaded = daysOf(operator, step);
    const partitions = operator.partitioned ? loaded.map((day) => partitionOf(operator, day)) : [];
    const asked = {
      operator: by,
      partitions,
      parallel: parallelOf(operator, step),
      file: world.pattern(operator, source),
      databaseUrl: proxy.url,
      runId,
    };
    const execution = scheduled ? world.dagster!.launch(asked) : launch(asked);
    const run = { execution, source, by, days: loaded, first: runs.length === 0 };
    runs.push(run);
    return run;
  }

  async #strike(
    step: Step,
    {
      connection,
      first,
      runs,
    }: { readonly connection: ProxiedConnection; readonly first: Run & Started; readonly runs: Started[] },
  ): Promise<Strike> {
    const { operator, world, proxy, url } = this.#options;
    const began = performance.now();
    const { server, disk } = world;
    const { name, twin } = operator;
    const scene = {
      server,
      disk,
      url,
      proxy,
      connection,
      operator,
      execution: first.execution,
      delivered: step.delivered,
      startOther: () => this.#launch(step, runs, { source: step.other, by: name }).execution,
      startTwin: () =>
        twin === undefined ? null : this.#launch(step, runs, { source: step.other, by: twin }).execution,
      recover: () => world.recover(),
    };
    try {
      const injected = (await faultNamed(step.fault).strike(scene)) !== false;
      return { injected, tookMs: performance.now() - began };
    } finally {
      connection.release();
    }
  }

  async #compare(step: Step, { endings, faultMs }: Pick<JudgeOptions, "endings" | "faultMs">): Promise<void> {
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
    const { lost, doubled } = compare(contentOf(this.#state), observed.content);
    if (lost.length + doubled.length > 0) {
      const some = (lines: readonly string[], mark: string) => lines.slice(0, 25).map((line) => `  ${mark} ${line}`);
      const text = [`${lost.length} lost, ${doubled.length} too many`, ...some(lost, "-"), ...some(doubled, "+")].join(
        "\n",
      );
      throw failed(text, { lost: lost.length, doubled: doubled.length });
    }
    this.#ledger = observed.ledger;
    const wrong = judge(operator, step, { before, after: this.#state, endings, faultMs });
    if (wrong !== null) throw failed(wrong);
  }

  /** The state that what is new in the ledger leads to. Raises Error where an attempt of before is not as it was. */
  #after({ ledger }: Observation): State {
    const { operator } = this.#options;
    for (const entry of this.#ledger) {
      const now = ledger.find((each) => isSame(each, entry));
      if (JSON.stringify(now) !== JSON.stringify(entry))
        throw new Error(
          `an attempt that had ended has changed: from ${JSON.stringify(entry)} to ${JSON.stringify(now)}`,
        );
    }
    const fresh = ledger.filter((entry) => !this.#ledger.some((each) => isSame(each, entry)));
    // Of two operators on one table, the one that was committed last has left its rows.
    const ordered =
      operator.twin === undefined
        ? fresh
        : fresh.toSorted((one, other) => ((one.finishedAt ?? "") < (other.finishedAt ?? "") ? -1 : 1));
    let state = this.#state;
    for (const { operator: by, partition, commits, status, runId, counts } of ordered) {
      requireAccounts(counts);
      state = fold(operator, state, {
        by,
        day: operator.partitioned ? days.indexOf(partition) : 0,
        source: this.#sources.get(runId) ?? this.#scheduled,
        commits,
        read: counts["read"]!,
        finished: status === "finished",
      });
    }
    return state;
  }
}

function isSame(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.operator === other.operator && one.partition === other.partition && one.epoch === other.epoch;
}

function requireAccounts(counts: Readonly<Record<string, number>>): void {
  const outcomes = ["inserted", "updated", "unchanged", "deleted", "filtered", "superseded", "rejected"];
  const sum = outcomes.reduce((total, outcome) => total + (counts[outcome] ?? 0), 0);
  if (sum !== counts["read"]) throw new Error(`an attempt's accounts do not add up: ${JSON.stringify(counts)}`);
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

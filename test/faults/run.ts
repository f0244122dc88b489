import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { interrupted } from "../run/interrupted.ts";
import { checkpointFileFaults, fillCheckpointDisk } from "./checkpoint-files/full-disk.ts";
import { chosen } from "./choice.ts";
import { faults } from "./fault/faults.ts";
import { perform } from "./sequence/perform.ts";
import { describeCounterexample, describeMachine, formatTable, reportRows } from "./sequence/report.ts";
import { search, type SearchOptions } from "./sequence/search.ts";
import type { Sequence } from "./sequence/sequence.ts";
import { Tally } from "./sequence/tally.ts";
import { connected } from "./world/observe.ts";
import { World } from "./world/world.ts";

// `pnpm test:faults [--steps 2000] [--minutes 60] [--seed 7] [--only kill,zombie] [--operator appended] [--dagster 6] [--files 20] [--at-a-time 3]`:
// loads by real processes into a real PostgreSQL, disturbed at random, held after each step to a model of what there must be.
// Of its steps so many are run by Dagster; so many rounds fill the disk of checkpoints in files; so many sequences are performed
// at the same time, each with a PostgreSQL of its own. `--replay SEQUENCE` performs one again.
const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "2000" },
    minutes: { type: "string", default: "120" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string" },
    operator: { type: "string" },
    dagster: { type: "string" },
    files: { type: "string" },
    "at-a-time": { type: "string", default: "3" },
    replay: { type: "string" },
  },
});
const { only, operator, replay } = values;
const seed = Number(values.seed);
const choice = chosen({ only, operator });
const { length: throughDagster } = choice.faults.filter(({ needs }) => needs === "dagster");
const dagsterSteps = throughDagster === 0 ? 0 : Number(values.dagster ?? 6);
const fileRounds = Number(values.files ?? (only === undefined ? 20 : 0));
const signal = interrupted();
const began = performance.now();
await using opened = new AsyncDisposableStack();
const openWorld = async (dagster: boolean) => opened.use(await World.open({ signal, dagster }));
const world = await openWorld(dagsterSteps > 0 || replay !== undefined);

if (replay !== undefined) {
  await perform(JSON.parse(replay) as Sequence, world, new Tally());
  console.log("it held");
} else {
  console.log(`seed ${seed}`);
  const tally = new Tally();
  let failure: string | null = null;
  const searching = async (
    worlds: readonly World[],
    names: readonly string[],
    bounds: Pick<SearchOptions, "steps" | "minutes" | "maxSteps">,
  ) => {
    if (failure !== null || names.length === 0) return;
    const { counterexample } = await search(worlds, {
      ...bounds,
      seed,
      tally,
      faults: names,
      operators: choice.operators,
      onSequence: ({ seed: own, sequence, seconds, steps }) => {
        const befell = sequence.steps.map(({ fault }) => fault).join(" ");
        console.log(`${String(steps).padStart(5)} ${own} ${sequence.operator}: ${befell} (${seconds.toFixed(1)} s)`);
      },
      onFailure: ({ seed: own, sequence, error }) =>
        console.log(`${own} fails with ${sequence.steps.length} steps: ${String(error).split("\n", 1)[0]}`),
    });
    if (counterexample !== null) failure = describeCounterexample(counterexample);
  };
  const possible = choice.faults.filter((fault) => world.lacks(fault) === null);
  const named = (dagster: boolean) =>
    possible.filter(({ needs }) => (needs === "dagster") === dagster).map(({ name }) => name);
  // First what is bounded, so that it has its turn however long the rest may take.
  if (fileRounds > 0) {
    await fillCheckpointDisk({ seed, rounds: fileRounds, tally, signal }).catch((error: Error) => {
      failure = error.message;
    });
  }
  await searching([world], named(true), { steps: dagsterSteps, minutes: 10, maxSteps: 2 });
  const worlds = [world];
  while (worlds.length < Number(values["at-a-time"]) && !signal.aborted) worlds.push(await openWorld(false));
  const minutes = Number(values.minutes) - (performance.now() - began) / 60_000;
  await searching(worlds, named(false), { steps: Number(values.steps), minutes, maxSteps: 8 });

  const shown = faults.filter((fault) => choice.faults.includes(fault));
  const reasons = new Map(shown.map((fault) => [fault.name, world.lacks(fault)]));
  for (const { name } of checkpointFileFaults)
    reasons.set(name, world.disk === null ? "no disk may be mounted here" : fileRounds === 0 ? "not asked for" : null);
  const rows = reportRows(tally, [...shown, ...checkpointFileFaults], (name) => reasons.get(name) ?? null);
  if (!signal.aborted) {
    const [version] = await connected(
      world.server.url,
      (sql) => sql<{ version: string }[]>`SELECT current_setting('server_version') AS version`,
    );
    const machine = describeMachine(version!.version);
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(`\n${formatTable(rows)}`);
    console.log(`${tally.steps} steps in ${tally.sequences} sequences, ${seconds} s, seed ${seed}\n${machine}`);
    const folder = join(import.meta.dirname, "..", "output");
    await mkdir(folder, { recursive: true });
    const { steps, sequences } = tally;
    await writeFile(
      join(folder, "faults.json"),
      `${JSON.stringify({ seed, steps, sequences, seconds, machine, rows }, null, 2)}\n`,
    );
    if (failure !== null) console.error(`\n${failure}`);
    process.exitCode = failure === null ? 0 : 1;
  }
}

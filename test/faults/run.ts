import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { faults } from "./fault/faults.ts";
import { perform } from "./sequence/perform.ts";
import { describeCounterexample, describeMachine, formatTable, reportRows } from "./sequence/report.ts";
import { search } from "./sequence/search.ts";
import type { Sequence } from "./sequence/sequence.ts";
import { Tally } from "./sequence/tally.ts";
import { chosen } from "./choice.ts";
import { connected } from "./world/observe.ts";
import { World } from "./world/world.ts";

// `pnpm test:faults [--steps 2000] [--minutes 60] [--seed 7] [--only kill,zombie] [--operator appended]`: loads by real processes
// into a real PostgreSQL, disturbed at random, held after each step to a model of what there must be.
// `--replay SEQUENCE` performs one again.
const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "2000" },
    minutes: { type: "string", default: "120" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string" },
    operator: { type: "string" },
    replay: { type: "string" },
  },
});
const { only, operator, replay } = values;
const seed = Number(values.seed);
const choice = chosen({ only, operator });
await using world = await World.open();
const missing = (needs: string | undefined) =>
  needs === "disk" && world.disk === null ? "no disk may be mounted here" : undefined;
const names = choice.faults.filter(({ needs }) => missing(needs) === undefined).map(({ name }) => name);
const began = performance.now();

if (replay !== undefined) {
  await perform(JSON.parse(replay) as Sequence, world, new Tally());
  console.log("it held");
} else {
  console.log(`seed ${seed}`);
  const { tally, counterexample } = await search(world, {
    seed,
    steps: Number(values.steps),
    minutes: Number(values.minutes),
    faults: names,
    operators: choice.operators,
    maxSteps: 8,
    onSequence: ({ seed: own, sequence, seconds, steps }) => {
      const befell = sequence.steps.map(({ fault }) => fault).join(" ");
      console.log(`${String(steps).padStart(5)} ${own} ${sequence.operator}: ${befell} (${seconds.toFixed(1)} s)`);
    },
    onShrink: ({ steps }) => console.log(`fails with ${steps.length} steps; looking for fewer`),
  });
  const rows = reportRows(
    tally,
    faults.filter((fault) => choice.faults.includes(fault)),
    ({ needs }) => missing(needs),
  );
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
  if (counterexample !== null) console.error(`\n${describeCounterexample(counterexample)}`);
  process.exitCode = counterexample === null ? 0 : 1;
}

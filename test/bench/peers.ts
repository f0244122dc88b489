import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { openBench } from "./peers/bench.ts";
import { cases } from "./peers/cases/cases.ts";
import type { Contender } from "./peers/contender.ts";
import { measureCase } from "./peers/measure-case.ts";
import { keepResults } from "./peers/results.ts";
import { tableOf } from "./peers/show.ts";

// `pnpm bench` or `pnpm bench peers`: what one would take instead of Millrace, on the same files and the same PostgreSQL, each a
// process from its start to its end, in interleaved rounds, every table compared with psql's.
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    /** Names of cases, separated by commas; without it, all. The others keep their results. */
    only: { type: "string", default: Object.keys(cases).join() },
    /** Peers, or parts of contenders' names such as `arrow`, separated by commas; psql and Millrace run always. */
    peers: { type: "string" },
    /** Seconds after which a run is ended. */
    limit: { type: "string", default: "120" },
    /** Who took longer than so many seconds is not run in the rounds after. */
    patience: { type: "string", default: "20" },
  },
});
const rows = Number(values.rows);
const chosen = values.only.split(",").map((name) => name.trim());
const peers = values.peers?.split(",").map((name) => name.trim());
const unknown = chosen.find((name) => !Object.hasOwn(cases, name));
if (unknown !== undefined)
  throw new Error(`There is no case "${unknown}". Choose of ${Object.keys(cases).join(", ")}.`);

await using bench = await openBench(rows);
const { versions } = bench.environment;
const { stdout: psqlVersion } = await execa("psql", ["--version"]);
const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`;
console.log(`${machine}; Node ${process.versions.node}, ${psqlVersion}, ${list(versions)}`);
console.log(`Server: ${await bench.settings()}\n`);

for (const name of chosen) {
  const one = await cases[name as keyof typeof cases](bench);
  const [limit, ...others] = one.contenders;
  const contenders = others.filter(isChosen);
  const outcomes = await measureCase(
    bench,
    { ...one, contenders: [limit!, ...contenders] },
    {
      rounds: Number(values.rounds),
      limitSeconds: Number(values.limit),
      patienceSeconds: Number(values.patience),
      onRun: ({ name: contender }, what) => console.error(`  ${one.name}: ${contender}: ${what}`),
    },
  );
  console.log(tableOf(one, outcomes));
  await keepResults(one, outcomes, rows);
}

function isChosen({ peer, name }: Contender): boolean {
  if (peers === undefined || peer === "millrace" || peer === "psql") return true;
  return peers.some((part) => peer === part || name.toLowerCase().includes(part.toLowerCase()));
}

function list(of: Readonly<Record<string, string>>): string {
  return Object.entries(of)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

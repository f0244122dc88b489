import { parseArgs } from "node:util";
import { openPlace } from "./place.ts";
import { properties } from "./properties.ts";
import { tryProperty } from "./property.ts";

// `pnpm test:fuzz [--minutes 10 | --runs 5000] [--seed 7] [--only csv] [--path …]`: arbitrary data against what holds of any data.
const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    runs: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string", default: "" },
    path: { type: "string" },
  },
});
const chosen = properties.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new Error(`no property has ${JSON.stringify(values.only)} in its name`);
const minutes = values.minutes ?? (values.runs === undefined ? "5" : undefined);
const seconds = minutes === undefined ? undefined : (Number(minutes) * 60) / chosen.length;
const cases = values.runs === undefined ? 1_000_000_000 : Number(values.runs);
console.log(`seed ${values.seed}, ${chosen.length} properties`);

const failures: string[] = [];
let total = 0;
await using place = await openPlace();
for (const property of chosen) {
  const began = performance.now();
  const options = { place, seed: Number(values.seed), cases, seconds, path: values.path };
  const { cases: tried, failure } = await tryProperty(property, options);
  total += tried;
  if (failure !== null) failures.push(failure);
  const took = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${failure === null ? "✓" : "✗"} ${String(tried).padStart(9)} cases ${took.padStart(7)} s  ${property.name}`,
  );
}
console.log(`${total} cases, seed ${values.seed}: ${failures.length} failures`);
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

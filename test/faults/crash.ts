import { parseArgs } from "node:util";
import { runCrashes } from "./crashes.ts";
import { scenarios } from "./scenarios.ts";

// `pnpm crash --kills 200 --seed 7 [--only append]`: loads that are killed, crashed and cut off, held to what they come to undisturbed.
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string", default: "" },
  },
});
const chosen = scenarios.filter(({ name }) => name.includes(values.only));
console.log(`seed ${values.seed}`);
const began = performance.now();
const { faults, loads, failures } = await runCrashes({
  scenarios: chosen,
  kills: Number(values.kills),
  seed: Number(values.seed),
  say: (text) => console.log(text),
});
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `${loads} loads, ${faults.kill} kills, ${faults.cut} cuts, ${faults.crash} crashes of the server, ${seconds} s, seed ${values.seed}: ${failures.length} failures`,
);
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

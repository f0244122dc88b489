import { afterAll, beforeAll, expect, test } from "vitest";
import { faults } from "./fault/faults.ts";
import { describeCounterexample } from "./sequence/report.ts";
import { search } from "./sequence/search.ts";
import { World } from "./world/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Those whose waiting takes longest have their turn in `pnpm test:faults`. */
const SLOW = ["half", "drop"];
const STEPS = 16;

test("C1, C3, C21, C25, C26, C29: what is killed, stopped, cut off, crashed and done by several at once leaves what the ledger says, each once", async () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`MILLRACE_SEED=${seed}`);
  const names = faults.filter((fault) => !SLOW.includes(fault.name) && world.lacks(fault) === null);
  const { tally, counterexample } = await search([world], {
    seed,
    steps: STEPS,
    minutes: 10,
    faults: names.map(({ name }) => name),
    maxSteps: 6,
  });
  expect(counterexample === null ? "" : describeCounterexample(counterexample)).toBe("");
  expect([...tally.faults.values()].reduce((sum, { injected }) => sum + injected, 0)).toBeGreaterThan(0);
}, 600_000);

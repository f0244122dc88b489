import { expect, test } from "vitest";
import { runCrashes } from "./crashes.ts";
import { randomFrom } from "./random.ts";
import { someScenarios } from "./scenarios.ts";

const KILLS = 20;

test("C1, C25, C29: a load that is killed, crashed and cut off at any instant comes to what it comes to undisturbed", async () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`MILLRACE_SEED=${seed}`);
  const scenarios = someScenarios(randomFrom(seed));
  const { faults, failures } = await runCrashes({ scenarios, kills: KILLS, seed });
  expect(failures, `MILLRACE_SEED=${seed}`).toEqual([]);
  expect(faults.kill).toBeGreaterThanOrEqual(KILLS);
}, 600_000);

import { execa } from "execa";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isSkipped } from "../run/skipped.ts";

const scripts = join(import.meta.dirname, "../../example-project/scripts");
let state = "";

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "millrace-demo-"));
});

afterAll(async () => {
  await script("stop");
  await rm(state, { recursive: true, force: true });
});

function script(name: string) {
  const options = { env: { MILLRACE_STATE_DIR: state }, all: true, reject: false } as const;
  return execa(process.execPath, [join(scripts, `${name}.ts`)], options);
}

test.skipIf(isSkipped("airflow"))("demo:airflow loads days and reference data", { timeout: 300_000 }, async () => {
  const demo = await script("demo-airflow");
  expect(demo.all).toContain("2013-01-05: daily_delays success, flights success, weather success");
  expect(demo.all).toMatch(/planes +1 +3,322 +3,322 +0 /);
  expect(demo.all).toMatch(/flights +5 +4,334 +4,334 +0 /);
  expect(demo.all).toMatch(/total +18 /);
  expect(demo.exitCode).toBe(0);
});

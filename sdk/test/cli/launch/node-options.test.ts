import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NODE_OPTIONS } from "../../../src/cli/launch/node-options.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..", "..", "..");

/** They can not import ours: one is Python, the other uses no more than what the SDK exports. */
const OTHERS = ["orchestrator-config/src/millrace/launcher.py", "test/bench/measure/node-options.ts"];

test.each(OTHERS)("%s gives Node what our launchers give it", async (file) => {
  const text = await readFile(join(REPOSITORY, file), "utf8");
  const given = [...text.matchAll(/"(--[a-z-]+=\d+)"/g)].map(([, option]) => option);
  expect(given).toEqual(NODE_OPTIONS);
});

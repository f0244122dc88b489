import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { findViolations } from "./import-direction.ts";

const repository = join(import.meta.dirname, "..", "..");

async function violationsOf(sources: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), "import-direction-"));
  try {
    await mkdir(join(root, "sdk"));
    await cp(join(repository, "sdk", "package.json"), join(root, "sdk", "package.json"));
    for (const folder of ["operators", "example-project", "test"]) await mkdir(join(root, folder));
    for (const [path, text] of Object.entries(sources)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return await findViolations(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test("imports that flow one way are let through", async () => {
  const violations = await violationsOf({
    "sdk/src/errors/error.ts": "export const error = 1;",
    "sdk/src/host/pipes/session.ts": 'import { error } from "../../errors/error.ts";',
    "sdk/src/host/host.ts": 'import type { Session } from "./pipes/session.ts";\nimport pg from "pg";',
    "sdk/src/record/record.ts":
      'import { error } from "../errors/error.ts";\n// import "../cli/main.ts"\n * import "../cli/main.ts"',
    "sdk/src/load/load.ts": 'import { record } from "../record/record.ts";\nimport "../extract/source.ts";',
    "sdk/src/operator/run.ts": 'import { load } from "../load/load.ts";',
    "sdk/src/index.ts": 'export { run } from "./operator/run.ts";',
    "sdk/test/run.test.ts": 'import { run } from "../src/operator/run.ts";',
    "operators/src/index.ts":
      'import { run } from "@millrace/sdk";\nimport { z } from "zod";\nimport "@millrace/sdk/pipes";',
    "test/run.ts": 'import "@millrace/example-project/scripts/python.ts";',
  });
  expect(violations).toEqual([]);
});

test.each([
  {
    name: "a lower layer that imports a higher one",
    sources: { "sdk/src/record/record.ts": 'import {\n  load,\n} from "../load/load.ts";' },
    violation: "sdk/src/record/record.ts:1: record is below load, but imports ../load/load.ts.",
  },
  {
    name: "a type from a higher layer",
    sources: { "sdk/src/load/load.ts": '\nimport type { Run } from "../operator/run.ts";' },
    violation: "sdk/src/load/load.ts:2: load is below operator, but imports ../operator/run.ts.",
  },
  {
    name: "a dynamic import of a higher layer",
    sources: { "sdk/src/host/host.ts": 'const { main } = await import("../cli/main.ts");' },
    violation: "sdk/src/host/host.ts:1: host is below cli, but imports ../cli/main.ts.",
  },
  {
    name: "pipes leaning on the rest of host",
    sources: { "sdk/src/host/pipes/session.ts": 'export { host } from "../host.ts";' },
    violation: "sdk/src/host/pipes/session.ts:1: host/pipes stands alone, but imports ../host.ts.",
  },
  {
    name: "a folder without a layer",
    sources: { "sdk/src/utils/things.ts": "" },
    violation: "sdk/src/utils/things.ts: this folder is in no layer of test/check/import-direction.ts.",
  },
  {
    name: "published code that imports a test",
    sources: { "sdk/src/cli/main.ts": 'import "../../test/orders.ts";' },
    violation: "sdk/src/cli/main.ts:1: ../../test/orders.ts is no part of the package that is published.",
  },
  {
    name: "operators that look inside the SDK",
    sources: { "operators/src/index.ts": 'import { load } from "@millrace/sdk/src/load/load.ts";' },
    violation: "operators/src/index.ts:1: @millrace/sdk/src/load/load.ts is not exported by the SDK.",
  },
  {
    name: "a relative path into another package",
    sources: { "operators/src/index.ts": 'import { load } from "../../sdk/src/load/load.ts";' },
    violation:
      "operators/src/index.ts:1: ../../sdk/src/load/load.ts reaches into another package; import it by the package's name.",
  },
  {
    name: "an import of the whole-system tests",
    sources: { "example-project/scripts/demo.ts": 'import "../../test/run.ts";' },
    violation: "example-project/scripts/demo.ts:1: nothing imports `test`.",
  },
  {
    name: "a cycle",
    sources: {
      "sdk/src/record/a.ts": 'import "./b.ts";',
      "sdk/src/record/b.ts": 'import "../state/c.ts";',
      "sdk/src/state/c.ts": 'import "../record/a.ts";',
    },
    violation:
      "sdk/src/record/a.ts → sdk/src/record/b.ts → sdk/src/state/c.ts → sdk/src/record/a.ts: these files import each other.",
  },
])("caught: $name", async ({ sources, violation }) => {
  expect(await violationsOf(sources)).toEqual([violation]);
});

import { execa } from "execa";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./free-port.ts";

// The example as a newcomer runs it: `demo`, `demo` again, `dev`; with a state of its own.
const repository = join(import.meta.dirname, "../..");
const airlines = join(repository, "example-project/operators/airlines.ts");
let state = "";
let environment: Record<string, string> = {};

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), "millrace-example-"));
  environment = { MILLRACE_STATE_DIR: state };
});

afterAll(async () => {
  await script("stop");
  await rm(state, { recursive: true, force: true });
});

function script(name: string) {
  return execa(process.execPath, [join("example-project/scripts", `${name}.ts`)], {
    cwd: repository,
    env: environment,
    all: true,
    reject: false,
  });
}

const TABLES = ["airlines", "airports", "planes", "weather", "flights", "daily_delays"];

/** Rows and a hash of the contents of each table, and when each row was written. */
async function contents(url: string): Promise<Record<string, unknown>> {
  const sql = postgres(url, { max: 1 });
  const result: Record<string, unknown> = {};
  for (const table of TABLES) {
    [result[table]] =
      await sql`SELECT count(*)::int AS rows, md5(string_agg(t::text || xmin::text, '' ORDER BY t::text)) AS hash FROM ${sql(table)} t`;
  }
  await sql.end();
  return result;
}

const databaseUrl = (output: string) => /psql (postgres\S+)/.exec(output)?.[1] ?? "";

test("demo loads a month through Dagster, and a second time changes no row", { timeout: 300_000 }, async () => {
  const first = await script("demo");
  expect(first.all).toMatch(/total +96 +34,119 +34,119 +0 +0 +0 +0 /);
  expect(first.all).toContain("34,119 rows were written");
  expect(first.exitCode).toBe(0);
  const loaded = await contents(databaseUrl(first.all));
  expect(loaded).toMatchObject({
    airlines: { rows: 16 },
    airports: { rows: 1458 },
    planes: { rows: 3322 },
    weather: { rows: 2226 },
    flights: { rows: 27_004 },
    daily_delays: { rows: 93 },
  });

  const second = await script("demo");
  expect(second.all).toMatch(/total +96 +34,119 +0 +0 +34,119 +0 +0 /);
  expect(second.all).toContain("no row was changed");
  expect(await contents(databaseUrl(second.all))).toEqual(loaded);
});

test(
  "dev serves Dagster with what was materialized, reloads operators and takes everything down",
  { timeout: 300_000 },
  async () => {
    const port = await freePort();
    environment = { ...environment, MILLRACE_DAGSTER_PORT: String(port) };
    const dev = script("dev");
    let output = "";
    let ended = false;
    void dev.then(() => (ended = true));
    dev.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const said = async (text: string | RegExp) => {
      while (output.search(text) < 0) {
        if (ended) throw new Error(`dev has ended:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await said(`Dagster is at http://localhost:${port}`);

    const { assetNodes } = await ask(
      port,
      "{ assetNodes { assetKey { path } dependencyKeys { path } partitionStats { numMaterialized numPartitions } } }",
    );
    const nodes = Object.fromEntries((assetNodes as AssetNode[]).map((node) => [node.assetKey.path.join("/"), node]));
    expect(Object.keys(nodes).toSorted()).toEqual(TABLES.toSorted());
    expect(nodes["flights"]?.partitionStats).toEqual({ numMaterialized: 31, numPartitions: 365 });
    expect(nodes["daily_delays"]?.dependencyKeys.map(({ path }) => path[0]).toSorted()).toEqual(["flights", "weather"]);

    const query = `{ assetNodeOrError(assetKey: {path: ["flights"]}) { ... on AssetNode { assetMaterializations(partitions: ["2013-01-02"], limit: 1) {
    metadataEntries { label ... on IntMetadataEntry { intValue } } } } } }`;
    const { assetNodeOrError } = await ask(port, query);
    const entries = (
      assetNodeOrError as { assetMaterializations: { metadataEntries: { label: string; intValue?: number }[] }[] }
    ).assetMaterializations[0]?.metadataEntries;
    expect(entries).toEqual(expect.arrayContaining([expect.objectContaining({ label: "read", intValue: 943 })]));

    const source = await readFile(airlines, "utf8");
    try {
      await appendFile(airlines, "// changed\n");
      await said("operators reloaded");
      await writeFile(airlines, "export default 5;\n");
      await said(/do not load.*OPERATOR_INVALID/s);
    } finally {
      await writeFile(airlines, source);
    }

    dev.kill("SIGINT");
    const { exitCode } = await dev;
    expect(exitCode).toBe(0);
    const { stdout } = await execa("ps", ["-eo", "args"]);
    expect(stdout.split("\n").filter((line) => line.includes(state) || line.includes(`--port ${port}`))).toEqual([]);
  },
);

interface AssetNode {
  readonly assetKey: { readonly path: string[] };
  readonly dependencyKeys: readonly { readonly path: string[] }[];
  readonly partitionStats: unknown;
}

async function ask(port: number, query: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { encodeParam, findParams, openPipes } from "@millrace/sdk/pipes";
import fc from "fast-check";
import { expect } from "vitest";
import { app } from "../../conformance/commands.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { randomFrom } from "../../random.ts";
import { pick, randomJson, randomText } from "./random.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-fuzz-"));

const good = {
  asset_keys: ["a"],
  code_version_by_asset_key: { a: "v" },
  provenance_by_asset_key: { a: null },
  partition_key: "p",
  partition_key_range: { start: "p", end: "p" },
  partition_time_window: null,
  run_id: "r",
  job_name: "j",
  retry_number: 0,
  extras: { config: {} },
};

/** A context with some of it exchanged, left out, or cut. */
function strangeContext(random: () => number): string {
  const changed: Record<string, unknown> = { ...good };
  for (let change = Math.floor(random() * 3); change >= 0; change--) {
    const key = pick(random, Object.keys(good));
    if (random() < 0.3) delete changed[key];
    else changed[key] = randomJson(random);
  }
  const text = JSON.stringify(random() < 0.1 ? randomJson(random) : changed);
  if (random() < 0.2) return text.slice(0, Math.floor(random() * text.length));
  return random() < 0.1
    ? text.replace(/"r"|0/, pick(random, ["NaN", "1e999", "9007199254740993", "-Infinity", "\u0000"]))
    : text;
}

/** A param, mostly of something that might be one. */
function strangeParam(random: () => number, context: string): string {
  const value = pick(random, [
    () => ({ path: writeContext(context) }),
    () => ({ path: folder }),
    // Below the folder: what is written there goes with it, and not into whatever folder the tests run in.
    () => ({ path: `${folder}/${randomText(random)}` }),
    () => ({ data: randomJson(random) }),
    () => ({ data: good }),
    () => ({ stdio: randomText(random) }),
    () => randomJson(random),
  ])();
  const param = encodeParam(value);
  if (random() < 0.6) return param;
  return pick(random, [
    () => param.slice(0, Math.floor(random() * param.length)),
    () => randomText(random),
    () => Buffer.from(randomText(random)).toString("base64"),
    () => deflateSync(randomText(random)).toString("base64"),
    () => param.replace(/[A-Z]/, "z"),
  ])();
}

/** What an environment can hold: no zero bytes; and something, since nothing means that there is no launcher. */
function variable(param: string): string {
  return param.replaceAll("\0", "") || "x";
}

function writeContext(text: string): string {
  const path = join(folder, "context");
  writeFileSync(path, text);
  return path;
}

const clear = /^\[(PIPES_PARAMS_INVALID|PIPES_CONTEXT_INVALID|PIPES_WRITE_FAILED)\] .+\. .+\.$/s;

/** Each case is what a seed makes of it. */
const seeds = fc.noShrink(fc.nat(2 ** 31));

export const pipesGarbage: FuzzProperty = {
  name: "pipes: garbage as params and context is a clear error or a session",
  cases: 2_000,
  open: async (place) => {
    place.defer(async () => rmSync(folder, { recursive: true, force: true }));
    return holds(seeds, async (seed) => {
      const random = randomFrom(seed);
      const env = {
        DAGSTER_PIPES_CONTEXT: strangeParam(random, strangeContext(random)),
        DAGSTER_PIPES_MESSAGES:
          random() < 0.7 ? encodeParam({ path: join(folder, "messages") }) : strangeParam(random, "{}"),
      };
      if (env.DAGSTER_PIPES_CONTEXT === "") return;
      const label = JSON.stringify(env);
      try {
        const params = findParams({ env, argv: [] });
        // Ours is the process here: streams are left alone.
        if (params && Object.keys(params.messages).some((key) => key.endsWith("stdio"))) return;
        const pipes = await openPipes({ params, watchProcess: false });
        expect(typeof pipes.context.runId, label).toBe("string");
        expect(Array.isArray(pipes.context.assetKeys), label).toBe(true);
        await pipes.close();
      } catch (error) {
        expect((error as Error).message, label).toMatch(clear);
      }
    });
  },
};

export const pipesQuestions: FuzzProperty = {
  name: "pipes: a context that is taken can be asked for everything, without anything but clear errors",
  cases: 1_000,
  open: async () =>
    holds(seeds, async (seed) => {
      const random = randomFrom(seed);
      const data = { ...good, [pick(random, Object.keys(good))]: randomJson(random) };
      const label = JSON.stringify(data);
      const opening = openPipes({
        params: { context: { data }, messages: { path: "/dev/null" } },
        watchProcess: false,
      });
      const pipes = await opening.catch((error: Error) => void expect(error.message, label).toMatch(clear));
      if (!pipes) return;
      const { context } = pipes;
      const questions = [
        () => context.assetKey,
        () => context.codeVersion(),
        () => context.provenance(),
        () => context.partitionKey,
        () => context.partitionKeyRange,
        () => context.partitionTimeWindow,
        () => context.partitionKeyByDimension("a", "b"),
        () => context.extra("x"),
        () => pipes.reportMaterialization({ metadata: { x: randomJson(random) as never } }),
        () => pipes.reportCustomMessage(randomJson(random)),
        () => pipes.log("info", randomText(random)),
      ];
      for (const question of questions) {
        try {
          question();
        } catch (error) {
          expect((error as Error).message, label).toMatch(
            /^\[(PIPES_CONTEXT_MISSING|PIPES_ARGUMENT_INVALID|METADATA_INVALID)\] .+/s,
          );
        }
      }
      await pipes.close();
    }),
};

export const pipesProcesses: FuzzProperty = {
  name: "pipes: no process hangs on garbage, and each that can not start says why and exits with 1",
  cases: 12,
  open: async () =>
    holds(seeds, async (seed) => {
      const random = randomFrom(seed);
      const path = join(folder, `messages-${seed}`);
      appendFileSync(path, "");
      const env = {
        DAGSTER_PIPES_CONTEXT: variable(strangeParam(random, strangeContext(random))),
        DAGSTER_PIPES_MESSAGES: random() < 0.7 ? encodeParam({ path }) : variable(strangeParam(random, "{}")),
      };
      const { code, stderr } = await run(env);
      const label = `${JSON.stringify(env)}\n${stderr}`;
      expect([0, 1], label).toContain(code);
      if (code === 1) expect(stderr, label).toMatch(/\[PIPES_[A-Z_]+\] .+\./s);
      const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
      for (const line of lines) expect(() => JSON.parse(line), label).not.toThrow();
      rmSync(path);
    }),
};

async function run(env: Readonly<Record<string, string>>): Promise<{ code: number | null; stderr: string }> {
  const [command = "", ...args] = app("bare");
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr };
}

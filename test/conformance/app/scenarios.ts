import { createHash } from "node:crypto";
import { writeFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { metadata, type PipesSession } from "@millrace/sdk/pipes";
import { everyMetadata, largeText, unicode, unsendable } from "./payloads.ts";

export type Scenario = (pipes: PipesSession, argument: string) => unknown;

export const scenarios: Readonly<Record<string, Scenario>> = {
  bare: () => {},
  metadata: (pipes) => pipes.reportMaterialization({ metadata: everyMetadata, dataVersion: "v-1" }),
  levels: (pipes) => {
    for (const level of ["debug", "info", "warning", "error", "critical"] as const)
      pipes.log(level, `at ${level} 100% {} %s`);
  },
  checks: (pipes) => {
    pipes.reportMaterialization();
    pipes.reportCheck({ checkName: "good", passed: true, metadata: { rows: 3 } });
    pipes.reportCheck({ checkName: "poor", passed: false, severity: "warn" });
    pipes.reportCheck({ checkName: "bad", passed: false, severity: "error", metadata: everyMetadata });
  },
  assets: (pipes) => {
    for (const assetKey of pipes.context.assetKeys)
      pipes.reportMaterialization({
        assetKey,
        metadata: { key: assetKey.join("→") },
        dataVersion: `v of ${assetKey.join(" ")}`,
      });
  },
  custom: (pipes) => {
    for (const payload of [null, true, 0, -0.5, "x", [], {}, [[{}]], { a: { b: [1, "2", null] } }, 2n ** 70n])
      pipes.reportCustomMessage(payload);
  },
  repaired: (pipes) => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const deep = Array.from({ length: 3_000 }).reduce((inner) => [inner], 1);
    for (const payload of [
      undefined,
      Number.NaN,
      new Date(0),
      new Map([["a", new Set([1])]]),
      Buffer.from("abc"),
      circular,
      "\ud800",
      new TypeError("boom"),
      { f: () => 1, u: undefined },
      deep,
    ]) {
      pipes.reportCustomMessage(payload);
    }
    pipes.log("info", 5 as never);
    pipes.log("info", "\ud800 lone");
  },
  unsendable: (pipes) => {
    const refused = Object.entries(unsendable).flatMap(([name, call]) => {
      try {
        call(pipes);
        return [];
      } catch (error) {
        return [[name, (error as { code?: string }).code ?? String(error)]];
      }
    });
    pipes.reportCustomMessage(Object.fromEntries(refused));
    pipes.reportMaterialization({ metadata: { survived: true } });
  },
  twice: (pipes) => {
    pipes.reportMaterialization();
    pipes.reportMaterialization();
  },
  externalStream: (pipes) => {
    pipes.logExternalStream("stdout", `out ${unicode}\n`);
    pipes.logExternalStream("stderr", "err\n", { pod: "x" });
    pipes.logExternalStream("stdout", `${"y".repeat(2_000_000)}\n`);
  },
  "10,000": (pipes) => {
    for (let at = 0; at < 10_000; at++) pipes.reportCustomMessage({ at, partition: "2013-01-01" });
  },
  logs: (pipes) => {
    for (let at = 0; at < 200; at++) pipes.log("info", `line ${at}`);
  },
  large: (pipes) => {
    for (let at = 0; at < 30; at++) pipes.reportCustomMessage({ at, text: largeText });
    pipes.log("info", largeText);
    pipes.reportMaterialization({ metadata: { text: largeText } });
  },
  "large, now and then": async (pipes) => {
    for (let at = 0; at < 60; at++) {
      pipes.reportCustomMessage({ at, text: largeText });
      // A little longer than Dagster's reader sleeps, so that it looks at every moment of a write once.
      await sleep(10 + (at % 10) / 3);
    }
  },
  "too large": (pipes) => {
    const rows = Array.from({ length: 60_000 }, (_, id) => ({ id, name: `name ${id}` }));
    pipes.log("info", largeText.repeat(3));
    pipes.reportMaterialization({
      metadata: { text: largeText.repeat(3), rows: metadata.table(rows), json: metadata.json(rows) },
    });
    throw Object.assign(new Error(largeText.repeat(3)), { stack: `Error\n${"    at f (a.ts:1:1)\n".repeat(100_000)}` });
  },
  unicode: (pipes) => {
    pipes.log("info", unicode);
    pipes.reportCustomMessage({ [unicode]: [unicode, pipes.context.extra("text")] });
    pipes.reportMaterialization({
      metadata: { [unicode]: unicode, table: metadata.table([{ [unicode]: unicode }]) },
      dataVersion: unicode,
    });
  },
  context: (pipes) => {
    const { context } = pipes;
    const asked = (ask: () => unknown): unknown => {
      try {
        return ask();
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    pipes.reportCustomMessage({
      runId: context.runId,
      jobName: context.jobName,
      retryNumber: context.retryNumber,
      assetKeys: context.assetKeys,
      codeVersion: asked(() => context.codeVersion()),
      provenance: asked(() => context.provenance()),
      isPartitionStep: context.isPartitionStep,
      partitionKey: asked(() => context.partitionKey),
      partitionKeyRange: asked(() => context.partitionKeyRange),
      partitionTimeWindow: asked(() => context.partitionTimeWindow),
      dimensions: asked(() => context.partitionKeyByDimension("region", "date")),
      extras: context.extras,
    });
  },
  extras: (pipes) => {
    const text = JSON.stringify(pipes.context.extras);
    pipes.reportCustomMessage({ length: text.length, sha256: createHash("sha256").update(text).digest("hex") });
  },
  noise: (pipes) => {
    for (const at of [1, 2]) {
      console.log(`console ${at}`);
      process.stdout.write(`{"not": "a message ${at}"}`);
      writeSync(1, `fs ${at} é`);
      pipes.log("info", `message ${at}`);
    }
    pipes.reportMaterialization({ metadata: { text: unicode } });
  },
  throw: (pipes) => {
    pipes.reportMaterialization({ metadata: { rows: 1 } });
    throw new TypeError("boom", { cause: new RangeError("why", { cause: "a text" }) });
  },
  "throw a text": () => {
    throw "just a text";
  },
  "throw nothing": () => {
    throw undefined;
  },
  "throw many": () => Promise.any([Promise.reject(new TypeError("one")), Promise.reject(new Error("two"))]),
  uncaught: async () => {
    setTimeout(() => {
      throw new RangeError("in a timer");
    });
    await sleep(5_000);
  },
  rejection: async () => {
    void Promise.reject(new RangeError("nobody waited"));
    await sleep(5_000);
  },
  "exit 0": (pipes) => {
    pipes.reportMaterialization();
    process.exit(0);
  },
  "exit 3": () => process.exit(3),
  never: () => new Promise(() => {}),
  close: (pipes) => pipes.close(new Error("said by close")),
  "until stopped": async (pipes, sign) => {
    pipes.reportMaterialization();
    const keepAlive = setInterval(() => {}, 1_000);
    writeFileSync(sign, "");
    await new Promise((resolve) => pipes.signal.addEventListener("abort", resolve));
    pipes.log("info", "settled");
    clearInterval(keepAlive);
    pipes.signal.throwIfAborted();
  },
  deaf: (pipes, sign) => {
    setInterval(() => {}, 1_000);
    writeFileSync(sign, String(process.pid));
    return new Promise(() => {});
  },
};

import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { runOperator } from "@millrace/sdk/testing";
import type { Operator } from "@millrace/sdk";
import { DAYS } from "./files.ts";
import changed from "./project/operators/changed.ts";
import days from "./project/operators/days.ts";
import events from "./project/operators/events.ts";
import hashed from "./project/operators/hashed.ts";
import refreshed from "./project/operators/refreshed.ts";
import swapped from "./project/operators/swapped.ts";

// One process that runs operators again and again, until its standard input ends; after each round it says what it holds.
const databaseUrl = process.env["DATABASE_URL"]!;
const folder = process.env["MILLRACE_SOAK_FILES"]!;
const all: readonly Operator[] = [days, refreshed, swapped, hashed, changed, events];
let going = true;
process.stdin.on("end", () => (going = false)).resume();

for (let round = 0; going; round += 1) {
  await Promise.all(
    all.map((operator) =>
      runOperator(operator, {
        databaseUrl,
        config: { folder },
        ...(operator === days && { partitions: DAYS.slice(round % 8, (round % 8) + 4) }),
      }),
    ),
  );
  // Sockets close a moment after they were ended.
  await delay(50);
  globalThis.gc!();
  await delay(20);
  globalThis.gc!();
  const { heapUsed, external, rss } = process.memoryUsage();
  const held = {
    heap: heapUsed,
    external,
    rss,
    handles: readdirSync("/proc/self/fd").length,
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((total, name) => total + process.listenerCount(name), 0),
    runs: (round + 1) * (all.length + 3),
  };
  process.stdout.write(`${JSON.stringify(held)}\n`);
}
process.exit(0);

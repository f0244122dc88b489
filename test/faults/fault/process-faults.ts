import { setTimeout as delay } from "node:timers/promises";
import { LOCKS_LAST_MS } from "../world/limits.ts";
import type { ProxiedConnection } from "../proxy.ts";
import type { Execution } from "../world/launch.ts";
import type { Fault } from "./fault.ts";

/** What befalls the operator's process. */
export const processFaults: readonly Fault[] = [
  {
    name: "kill",
    title: "process killed (SIGKILL)",
    passes: false,
    strike: async ({ execution }) => {
      execution.send("SIGKILL");
      await execution.ended;
    },
  },
  {
    name: "term",
    title: "process told to stop (SIGTERM)",
    passes: false,
    strike: async ({ execution, connection }) => {
      execution.send("SIGTERM");
      connection.release();
      await execution.ended;
    },
  },
  {
    name: "orphan",
    title: "launcher gone, stdin closed",
    passes: false,
    strike: async ({ execution, connection }) => {
      execution.leave();
      connection.release();
      await execution.ended;
    },
  },
  {
    name: "freeze",
    title: "process stopped for longer than its locks last (SIGSTOP)",
    passes: true,
    strike: async ({ execution, connection }) => {
      stop(execution, connection);
      await delay(LOCKS_LAST_MS + 300);
      execution.send("SIGCONT");
    },
  },
  {
    name: "zombie",
    title: "process stopped, and woken after its successor finished",
    passes: false,
    strike: async ({ execution, connection, startOther }) => {
      stop(execution, connection);
      await startOther().ended;
      execution.send("SIGCONT");
    },
  },
  {
    name: "clock",
    title: "clock jumps by days, ahead and back",
    passes: true,
    strike: async ({ execution, connection }) => {
      execution.send("SIGURG");
      connection.release();
      await delay(10);
      execution.send("SIGURG");
    },
  },
];

/** What a stopped process has written is on its way. */
function stop(execution: Execution, connection: ProxiedConnection): void {
  execution.send("SIGSTOP");
  connection.release();
}

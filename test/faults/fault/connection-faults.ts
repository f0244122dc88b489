import { LOCKS_LAST_MS } from "../world/limits.ts";
import type { Fault } from "./fault.ts";

/** Later than a session's own limits, where these hold. */
const NOTICED_MS = LOCKS_LAST_MS + 500;

/** What befalls the connections between the process and PostgreSQL. */
export const connectionFaults: readonly Fault[] = [
  { name: "cut", title: "connections closed", passes: true, strike: async ({ proxy }) => proxy.cut() },
  { name: "reset", title: "connections reset", passes: true, strike: async ({ proxy }) => proxy.reset() },
  {
    name: "half",
    title: "connections closed on one side only",
    passes: true,
    strike: async ({ proxy, delivered }) => proxy.half(delivered ? "client" : "server", NOTICED_MS),
  },
  {
    name: "drop",
    title: "connections that carry nothing any more",
    passes: true,
    strike: async ({ proxy }) => proxy.drop(NOTICED_MS),
  },
  {
    name: "stall",
    title: "connections that stall for a while",
    passes: true,
    strike: async ({ proxy, connection }) => {
      connection.release();
      await proxy.stall(700);
    },
  },
  {
    name: "late",
    title: "connection lost, what was sent arrives later",
    passes: true,
    strike: async ({ connection }) => await connection.deliverLate(300),
  },
];

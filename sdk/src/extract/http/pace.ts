import { setTimeout as delay } from "node:timers/promises";

/** When each server may be asked next, whoever asks it in this process. */
const nextTurns = new Map<string, number>();

/** Waits until a request to `origin` keeps to so many a second. */
export async function keepPace(origin: string, requestsPerSecond: number, signal: AbortSignal): Promise<void> {
  const now = performance.now();
  const turn = Math.max(now, nextTurns.get(origin) ?? 0);
  nextTurns.set(origin, turn + 1000 / requestsPerSecond);
  if (turn > now) await delay(turn - now, undefined, { signal });
}

import { watch } from "node:fs/promises";

const SETTLE_MS = 300;
const SOURCE = /^(?!node_modules\b|\.).*\.(ts|yaml|py)$/;
const UNCOMMON = /(^|\/)(node_modules|drizzle|data|__pycache__|\.[^/]+)\//;

/** Calls `changed` after source files below the folder have changed and been left alone for a moment; until aborted. */
export async function watchSources(folder: string, changed: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal })) {
      if (filename === null || !SOURCE.test(filename) || UNCOMMON.test(filename)) continue;
      clearTimeout(timer);
      timer = setTimeout(() => (running = running.then(changed).catch(() => {})), SETTLE_MS);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    await running;
  }
}

import { timeouts } from "../project/items.ts";

/** How long a session that has fallen silent keeps its locks, or is waited for by another: whichever is longer. */
export const LOCKS_LAST_MS: number = Math.max(timeouts.idleMs, timeouts.lockMs);

/** A process may take longer than this only if it hangs. */
export const PATIENCE_MS = 60_000;

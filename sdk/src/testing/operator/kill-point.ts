import pg from "pg";

/**
 * Where a run can be killed: around the commits of its chunks, on either side of the moment at which the server has done
 * one, and when all is committed but the launcher has not heard of it.
 */
export const KILL_POINTS = [
  "before-first-commit",
  "after-first-commit",
  "before-second-commit",
  "before-report",
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

const COMMITS: Partial<Record<KillPoint, { readonly commit: number; readonly done: boolean }>> = {
  "before-first-commit": { commit: 1, done: false },
  "after-first-commit": { commit: 1, done: true },
  "before-second-commit": { commit: 2, done: false },
};

/** How a transaction that carries a chunk is told from others: it moves the checkpoint, or is no more than the statement that does. */
const MOVES_CHECKPOINT = /\bupdate "millrace"\."checkpoints"/i;

type Query = (this: pg.Client, config: unknown, ...rest: unknown[]) => unknown;

/** Kills this process where one of its connections gets to the point. For a process of its own. */
export function killAtCommit(point: KillPoint): void {
  const at = COMMITS[point];
  if (at === undefined) return;
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const query = prototype.query;
  const carriers = new WeakSet<pg.Client>();
  let commits = 0;
  prototype.query = function (config, ...rest) {
    const text = typeof config === "string" ? config : String((config as { readonly text?: unknown }).text);
    const moves = MOVES_CHECKPOINT.test(text);
    const alone = moves && this.getTransactionStatus() === "I";
    if (moves && !alone) carriers.add(this);
    const commit = alone || (/^\s*commit\b/i.test(text) && carriers.delete(this));
    if (!commit) return query.call(this, config, ...rest);
    commits += 1;
    if (commits !== at.commit) return query.call(this, config, ...rest);
    if (!at.done) killThisProcess();
    return (query.call(this, config, ...rest) as Promise<unknown>).then(killThisProcess);
  };
}

/** As a lack of memory or somebody would: nothing is said or tidied up. */
export function killThisProcess(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("killed");
}

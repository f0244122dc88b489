import type { State } from "./fold.ts";

/** What a database holds, as lines of text; in no order. */
export interface Content {
  readonly rows: readonly string[];
  readonly deadLetters: readonly string[];
  readonly tombstones: readonly string[];
  readonly checkpoints: readonly string[];
}

/** What a database must hold. */
export function contentOf({ table, progress }: State): Content {
  const rows = [...table.rows.values()].map(({ id, day, amount, note, sequence, gone }) =>
    [id, day, amount, note, sequence, gone ? day : null].filter((value) => value !== null).join(" "),
  );
  const log = table.log.map(({ id, day, amount, note }) => ["log", id, day, amount, note].join(" "));
  return {
    rows: [...rows, ...log],
    deadLetters: [...progress.values()].flatMap(({ letters }) => letters),
    tombstones: [...table.tombstones].map(([key, sequence]) => `${key} ${sequence}`),
    checkpoints: [...progress].map(([slot, { finished, tally }]) =>
      checkpointLine({ slot, status: finished ? "finished" : "running", position: tally.read, ...tally }),
    ),
  };
}

export interface CheckpointFacts {
  readonly slot: string;
  readonly status: string;
  readonly position: number;
  readonly read: number;
  readonly filtered: number;
  readonly rejected: number;
}

export function checkpointLine({ slot, status, position, read, filtered, rejected }: CheckpointFacts): string {
  return `${slot} ${status} at ${position}: read ${read}, filtered ${filtered}, rejected ${rejected}`;
}

/** How two differ; empty where they do not. */
export interface Difference {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

/** What is missing of rows, dead letters, tombstones and checkpoints, and what there is too much of. */
export function compare(expected: Content, actual: Content): Difference {
  const parts = ["rows", "deadLetters", "tombstones", "checkpoints"] as const;
  const marked = (part: string, lines: readonly string[]) => lines.map((line) => `${part}: ${line}`);
  return {
    lost: parts.flatMap((part) => marked(part, subtract(expected[part], actual[part]))),
    doubled: parts.flatMap((part) => marked(part, subtract(actual[part], expected[part]))),
  };
}

/** The lines of `all` without those of `others`, each as often as it comes. */
function subtract(all: readonly string[], others: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const line of others) times.set(line, (times.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const left = times.get(line) ?? 0;
    if (left > 0) times.set(line, left - 1);
    return left === 0;
  });
}

import { tallyOf, type State } from "./fold.ts";
import { partitionOf, type ModelledOperator } from "./operators.ts";
import { sourceOf } from "./records.ts";

/** What a database holds, as lines of text; in no order. */
export interface Content {
  readonly rows: readonly string[];
  readonly deadLetters: readonly string[];
  readonly tombstones: readonly string[];
  readonly checkpoints: readonly string[];
}

/** What a database must hold. */
export function contentOf(operator: ModelledOperator, { table, progress }: State): Content {
  const rows = [...table.rows.values()].map(({ id, day, amount, note, sequence, gone }) =>
    [id, day, amount, note, sequence, gone ? day : null].filter((value) => value !== null).join(" "),
  );
  const tombstones = [...table.tombstones].map(([key, sequence]) => `${key} ${sequence}`);
  const deadLetters: string[] = [];
  const checkpoints: string[] = [];
  for (const [day, reached] of progress.entries()) {
    if (reached === null) continue;
    const { position, finished, source } = reached;
    const partition = partitionOf(operator, day);
    const taken = sourceOf(operator, { day, source }).records.slice(0, position);
    for (const [index, { outcome }] of taken.entries()) {
      // The header is the first line.
      if (outcome.kind === "rejected") deadLetters.push(`${partition} line ${index + 2} ${outcome.code}`);
    }
    checkpoints.push(
      checkpointLine({ partition, status: finished ? "finished" : "running", position, ...tallyOf(taken) }),
    );
  }
  return { rows, deadLetters, tombstones, checkpoints };
}

export interface CheckpointFacts {
  readonly partition: string;
  readonly status: string;
  readonly position: number;
  readonly read: number;
  readonly filtered: number;
  readonly rejected: number;
}

export function checkpointLine({ partition, status, position, read, filtered, rejected }: CheckpointFacts): string {
  return `${partition} ${status} at ${position}: read ${read}, filtered ${filtered}, rejected ${rejected}`;
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

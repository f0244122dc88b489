import {
  append,
  defineOperator,
  replace,
  staticPartitions,
  upsert,
  type LoadStrategy,
  type LoadOperator,
  type RecordSource,
} from "@millrace/sdk";
import { bigint, pgTable, text } from "drizzle-orm/pg-core";
import { z } from "zod";

/** Numbers above 2^53, in the order of which a source goes on. */
export const FIRST = 9_007_199_254_740_993n;

const numbers = pgTable("numbers", {
  source: text("source").notNull(),
  n: bigint("n", { mode: "bigint" }).notNull(),
});

export const CREATE = "CREATE TABLE numbers (source text NOT NULL, n bigint NOT NULL)";

export interface NumbersOptions {
  readonly name: string;
  /** How many there are at the source. */
  readonly count: number;
  readonly batchRows: number;
  /** Called before each batch with how many numbers came before. */
  readonly before: (given: number) => void;
  /** Only every so many batches has a cursor. Default 1. */
  readonly cursorEvery?: number;
  readonly repeats?: boolean;
  /** Where each opening began. */
  readonly opened?: unknown[];
}

/** A source that knows where it was, by the last number that it gave, as text. Each thirteenth number is malformed. */
function numbersSource(options: NumbersOptions): RecordSource<{ source: string; n: bigint }> {
  const { name, count, batchRows, before, cursorEvery = 1, repeats = false, opened } = options;
  const position = (n: bigint) => ({ source: name, line: Number(n - FIRST) + 1, byteOffset: null });
  return {
    kind: "records",
    uri: `memory:${name}`,
    local: true,
    resumes: "cursor",
    repeats,
    fingerprint: async () => name,
    async *open({ skip, checkpoint = null }) {
      if (skip !== 0) throw new Error("a source with a cursor leaves nothing out");
      opened?.push(checkpoint);
      const start = checkpoint === null ? 0 : Number(BigInt(checkpoint as string) - FIRST) + 1;
      for (let at = start, batch = 1; at < count; at += batchRows, batch += 1) {
        before(at);
        const here = Array.from({ length: Math.min(batchRows, count - at) }, (_, index) => FIRST + BigInt(at + index));
        const bad = here.filter((n) => (n - FIRST) % 13n === 12n);
        const good = here.filter((n) => !bad.includes(n));
        yield {
          records: good.map((n) => ({ source: name, n })),
          malformed: bad.map((n) => ({ code: "BAD", reason: "a bad number", raw: String(n), position: position(n) })),
          bytes: here.length,
          ...((batch % cursorEvery === 0 || at + batchRows >= count) && { cursor: String(here.at(-1)) }),
          position: (index) => position(good[index]!),
        };
      }
    },
  };
}

const STRATEGIES: Readonly<Record<string, LoadStrategy<"numbers">>> = {
  append: append(),
  upsert: upsert({ key: [numbers.source, numbers.n] }),
  replace: replace({ maxShrink: 1 }),
};

export function numbersOperator(strategy: string, options: Omit<NumbersOptions, "name">): LoadOperator {
  return defineOperator({
    name: "numbers",
    partitions: staticPartitions(["one", "two"]),
    config: z.object({}),
    extract: ({ partition }) => numbersSource({ ...options, name: partition.key }),
    target: numbers,
    load: STRATEGIES[strategy]!,
    rejects: { maxRatio: 1 },
    chunks: { maxRows: 20 },
  });
}

import { expect, test } from "vitest";
import { Progress } from "../../../src/cli/launch/progress.ts";
import type { PipesMessage } from "../../../src/host/pipes/protocol.ts";

const custom = (payload: Readonly<Record<string, unknown>>) =>
  ({ method: "report_custom_message", params: { payload } }) as unknown as PipesMessage;
const far = (facts: Readonly<Record<string, unknown>>) =>
  custom({
    type: "progress",
    partition: null,
    read: 0,
    rejected: 0,
    chunks: 0,
    bytes: 0,
    bytes_total: null,
    all_read: false,
    ...facts,
  });

test("the line says rows, bytes of all, chunk, dead letters and rows a second", () => {
  let now = 0;
  const progress = new Progress(() => now);
  expect(String(progress)).toBe("starting");
  progress.hear(far({}));
  expect(String(progress)).toBe("0 rows");
  now = 1500;
  progress.hear(far({ read: 312_000, rejected: 2, chunks: 13, bytes: 34_800_000, bytes_total: 84_400_000 }));
  expect(String(progress)).toBe("312,000 rows · 41 % of 84 MB · chunk 13 · 2 rejected · 208,000 rows/s");
  progress.hear(far({ read: 760_000, chunks: 31, bytes: 84_400_000, bytes_total: 84_400_000, all_read: true }));
  expect(String(progress)).toBe("760,000 rows · 100 % of 84 MB · chunk 31 · 506,667 rows/s · all read, writing");
});

test("bytes alone where the source does not know how many there are, and not a word of what was committed before", () => {
  let now = 0;
  const progress = new Progress(() => now);
  progress.hear(far({ read: 50_000 }));
  now = 1000;
  progress.hear(far({ read: 60_000, chunks: 1, bytes: 1_234_000 }));
  expect(String(progress)).toBe("60,000 rows · 1.2 MB · chunk 1 · 10,000 rows/s");
});

test("partitions at the same time are added up; one that has ended is no longer there", () => {
  const progress = new Progress(() => 0);
  progress.hear(far({ partition: "a", read: 10, chunks: 1, bytes: 10, bytes_total: 100 }));
  progress.hear(far({ partition: "b", read: 5, chunks: 1, rejected: 1, bytes: 40, bytes_total: 100 }));
  expect(String(progress)).toBe("2 partitions · 15 rows · 25 % of 200 bytes · chunk 2 · 1 rejected");
  expect(progress.hear(custom({ type: "partition_completed", partition: "a" }))).toBe(true);
  expect(String(progress)).toBe("b · 5 rows · 40 % of 100 bytes · chunk 1 · 1 rejected");
  expect(progress.hear(custom({ type: "of the operator's own" }))).toBe(false);
  expect(progress.isIdle).toBe(false);
  progress.hear({ method: "report_asset_materialization", params: {} } as unknown as PipesMessage);
  expect([progress.isIdle, String(progress)]).toEqual([true, "finishing"]);
});

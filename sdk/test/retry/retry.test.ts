import { setTimeout as pause } from "node:timers/promises";
import { FatalError, RecordError, retry, RetryableError, type FailedAttempt, type RetryAttempt } from "@millrace/sdk";
import { expect, test } from "vitest";

const busy = () => new RetryableError("BUSY", "Not now");

/** Fails as often as there are errors, then gives "done"; notes how often it was called and the waits asked for. */
function flaky(...errors: unknown[]) {
  const waits: number[] = [];
  let calls = 0;
  const work = () => {
    calls += 1;
    const error = errors.shift();
    if (error !== undefined) throw error;
    return "done";
  };
  return { work, waits, calls: () => calls, sleep: async (ms: number) => void waits.push(ms) };
}

/** Random numbers as given, the last again and again. */
const sequence = (...numbers: number[]) => {
  const rest = [...numbers];
  return () => (rest.length > 1 ? rest.shift()! : rest[0]!);
};

test("what succeeds at once is done once, without a wait", async () => {
  const { work, waits, calls, sleep } = flaky();
  expect(await retry(work, {}, { sleep })).toBe("done");
  expect([calls(), waits]).toEqual([1, []]);
});

test("by default there are three attempts, with backoffs of up to 1 and 2 seconds and full jitter", async () => {
  const { work, waits, calls, sleep } = flaky(busy(), busy());
  expect(await retry(work, {}, { sleep, random: sequence(0.25, 0.75) })).toBe("done");
  expect([calls(), waits]).toEqual([3, [250, 1500]]);
});

test.for([
  ["nothing", 0, [0, 0, 0, 0, 0]],
  ["half", 0.5, [50, 150, 450, 500, 500]],
  ["nearly all", 1 - Number.EPSILON, [100, 300, 900, 1000, 1000]],
] as const)(
  "full jitter waits %s of a backoff that grows by the factor up to its maximum",
  async ([, share, expected]) => {
    const { work, waits, sleep } = flaky(...Array.from({ length: 5 }, busy));
    await retry(work, { maxAttempts: 6, delayMs: 100, factor: 3, maxDelayMs: 1000 }, { sleep, random: () => share });
    expect(waits.map(Math.round)).toEqual(expected);
  },
);

test("without jitter the backoff itself is waited", async () => {
  const { work, waits, sleep } = flaky(busy(), busy(), busy());
  await retry(work, { maxAttempts: 4, jitter: "none" }, { sleep });
  expect(waits).toEqual([1000, 2000, 4000]);
});

test("the last error is raised as it is, with the number of attempts", async () => {
  const errors = [busy(), busy(), new RetryableError("BUSY", "Still not now")];
  const last = errors[2];
  const { work, calls, sleep } = flaky(...errors);
  const raised = await retry(work, {}, { sleep }).catch((error: unknown) => error);
  expect(raised).toBe(last);
  expect(raised).toMatchObject({ attempts: 3, message: "[BUSY] Still not now. (tried 3 times)" });
  expect(calls()).toBe(3);
});

test("an error that can not be changed is raised all the same", async () => {
  const timeout = new DOMException("The operation timed out", "TimeoutError"); // its message has no setter
  const frozen = Object.freeze(busy());
  await expect(retry(flaky(timeout, timeout).work, { maxAttempts: 2, delayMs: 0 })).rejects.toBe(timeout);
  await expect(retry(flaky(frozen, frozen).work, { maxAttempts: 2, delayMs: 0 })).rejects.toBe(frozen);
});

test.for([
  ["fatal", new FatalError("NO", "No such table")],
  ["of a record", new RecordError("BAD", "Not a number")],
  ["unknown", new TypeError("x is not a function")],
  ["no error at all", "just text"],
] as const)("what is %s is not tried again", async ([, error]) => {
  const { work, calls, waits, sleep } = flaky(error);
  await expect(retry(work, {}, { sleep })).rejects.toBe(error);
  expect([calls(), waits]).toEqual([1, []]);
});

test("a fatal error ends the attempts also where it comes later", async () => {
  const fatal = new FatalError("NO", "No such table");
  const { work, calls, sleep } = flaky(busy(), fatal);
  await expect(retry(work, {}, { sleep })).rejects.toBe(fatal);
  expect([calls(), fatal]).toMatchObject([2, { attempts: 2 }]);
});

test("`retryable` decides where the caller knows better", async () => {
  const { work, calls, sleep } = flaky(new TypeError("odd"), busy());
  await expect(retry(work, {}, { sleep, retryable: (error) => error instanceof TypeError })).rejects.toThrow("[BUSY]");
  expect(calls()).toBe(2);
});

test("what the other side asks to wait is the least that is waited", async () => {
  const asking = () => new RetryableError("BUSY", "Not now", { retryAfterMs: 5000 });
  const { work, waits, sleep } = flaky(asking(), asking(), asking());
  await retry(work, { maxAttempts: 4, maxDelayMs: 1500 }, { sleep, random: sequence(0, 0.5, 1 - Number.EPSILON) });
  expect(waits.map(Math.round)).toEqual([5000, 5750, 6500]);
  const plain = flaky(asking());
  await retry(plain.work, { jitter: "none" }, { sleep: plain.sleep });
  expect(plain.waits).toEqual([5000]);
});

test("where it asks for longer than the policy allows, nothing is waited", async () => {
  const { work, calls, waits, sleep } = flaky(new RetryableError("BUSY", "Not now", { retryAfterMs: 300_001 }));
  await expect(retry(work, {}, { sleep })).rejects.toThrow("[BUSY]");
  expect([calls(), waits]).toEqual([1, []]);
});

test("each wait is told beforehand, with the error and its length", async () => {
  const told: FailedAttempt[] = [];
  const error = busy();
  const { work, sleep } = flaky(error);
  await retry(work, {}, { sleep, random: () => 0.5, onRetry: (failed) => told.push(failed) });
  expect(told).toEqual([{ number: 1, error, delayMs: 500 }]);
});

test("an aborted signal ends a wait at once, with its reason", async () => {
  const controller = new AbortController();
  const { work, calls } = flaky(busy());
  const waiting = Promise.withResolvers<void>();
  const running = retry(
    work,
    { delayMs: 2 ** 30, maxDelayMs: 2 ** 30, jitter: "none" },
    { signal: controller.signal, onRetry: () => waiting.resolve() },
  );
  await waiting.promise;
  await pause(1);
  controller.abort(new Error("the launcher is gone"));
  await expect(running).rejects.toThrow("the launcher is gone");
  expect(calls()).toBe(1);
});

test("with an aborted signal nothing is begun, and what failed because of it is not tried again", async () => {
  const stopped = flaky();
  await expect(retry(stopped.work, {}, { signal: AbortSignal.abort(new Error("stop")) })).rejects.toThrow("stop");
  expect(stopped.calls()).toBe(0);

  for (const error of [busy(), new FatalError("CUT_OFF", "The connection was taken away")]) {
    const controller = new AbortController();
    const told: FailedAttempt[] = [];
    const work = () => {
      controller.abort(new Error("stop"));
      throw error;
    };
    const running = retry(
      work,
      {},
      { signal: controller.signal, sleep: async () => {}, onRetry: (failed) => told.push(failed) },
    );
    await expect(running).rejects.toThrow("stop");
    expect(told).toEqual([]);
  }
});

test("the work is given the signal and the attempt's number", async () => {
  const { signal } = new AbortController();
  const given: unknown[] = [];
  const work = (attempt: RetryAttempt) => {
    given.push(attempt);
    if (attempt.number === 1) throw busy();
  };
  await retry(work, {}, { signal, sleep: async () => {} });
  expect(given).toEqual([
    { number: 1, signal },
    { number: 2, signal },
  ]);
});

test.for([
  [{ maxAttempts: 0 }, "maxAttempts"],
  [{ maxAttempts: 1.5 }, "maxAttempts"],
  [{ delayMs: -1 }, "delayMs"],
  [{ maxDelayMs: 2 ** 31 }, "maxDelayMs"],
  [{ factor: 0.5 }, "factor"],
  [{ factor: Number.NaN }, "factor"],
] as const)("a policy of %j is refused before anything is done", async ([policy, name]) => {
  const { work, calls } = flaky();
  await expect(retry(work, policy)).rejects.toThrow(new RegExp(`^${name} must`));
  expect(calls()).toBe(0);
});

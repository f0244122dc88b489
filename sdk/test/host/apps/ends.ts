import { openPipes } from "../../../src/host/pipes/index.ts";

// Ends in the way that its argument names.
const [way = "well", graceMs = "10000"] = process.argv.slice(2);
await using pipes = await openPipes({ graceMs: Number(graceMs) });
pipes.reportMaterialization({ metadata: { way } });
console.error("open");
const keepAlive = setInterval(() => {}, 1_000);
const stop = () => clearInterval(keepAlive);

const ways: Record<string, () => unknown> = {
  well: stop,
  throw: () => {
    stop();
    throw new TypeError("boom", { cause: new Error("why") });
  },
  "throw after a wait": async () => {
    await using _slow = { [Symbol.asyncDispose]: () => new Promise<void>((done) => setTimeout(done, 50)) };
    stop();
    throw new Error("late");
  },
  uncaught: () => {
    setTimeout(() => {
      throw new RangeError("in a timer");
    });
    return new Promise(() => {});
  },
  rejection: () => {
    void Promise.reject("not even an error");
    return new Promise(() => {});
  },
  "exit 0": () => process.exit(0),
  "exit 7": () => process.exit(7),
  never: () => {
    stop();
    return new Promise(() => {});
  },
  "exit code": () => {
    stop();
    process.exitCode = 3;
  },
  close: async () => {
    stop();
    await pipes.close();
  },
  "close with an error": async () => {
    stop();
    await pipes.close(new Error("said"));
  },
  "until stopped": () =>
    new Promise((_, reject) => {
      pipes.signal.addEventListener("abort", () => {
        stop();
        reject(pipes.signal.reason);
      });
    }),
  "until stopped, then done": () =>
    new Promise<void>((resolve) => {
      pipes.signal.addEventListener("abort", () => {
        stop();
        pipes.log("info", "settled");
        resolve();
      });
    }),
  deaf: () => new Promise(() => {}),
};
await ways[way]?.();

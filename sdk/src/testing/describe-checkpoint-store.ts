import { deepEqual, equal } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { Json } from "../host/host.ts";
import type { CheckpointStore } from "../state/checkpoint-store.ts";

/** A place of its own for checkpoints; disposed of at the end of a test. */
export interface CheckpointPlace extends AsyncDisposable {
  /** A store on this place, as another process would open it; called more than once. */
  open(): CheckpointStore | Promise<CheckpointStore>;
}

/** The test function of vitest, jest or node:test. */
export interface TestFunctions {
  readonly test: (name: string, run: () => Promise<void>) => unknown;
}

/** The tests that any `CheckpointStore` must pass: `describeCheckpointStore(makePlace, { test })`. */
export function describeCheckpointStore(
  make: () => CheckpointPlace | Promise<CheckpointPlace>,
  { test }: TestFunctions,
): void {
  const check = (name: string, run: (store: CheckpointStore, place: CheckpointPlace) => Promise<void>) =>
    test(`a checkpoint store ${name}`, async () => {
      await using place = await make();
      await run(await place.open(), place);
    });
  const key = { operator: "orders", partition: "2024-01-01" };

  check("has nothing to begin with", async (store) => {
    equal(await store.get(key), undefined);
    deepEqual(await store.list(), []);
    await store.delete(key);
  });

  check("gives back what was set, also to another store on the same place", async (store, place) => {
    for (const value of VALUES) {
      await store.set(key, value);
      deepEqual(await store.get(key), value);
      deepEqual(await (await place.open()).get(key), value);
    }
  });

  check("keeps every operator and partition apart, whatever they are called", async (store, place) => {
    const keys = NAMES.flatMap((operator) => [...NAMES, ""].map((partition) => ({ operator, partition })));
    await Promise.all(keys.map(async (each, index) => await store.set(each, index)));
    const other = await place.open();
    for (const [index, each] of keys.entries()) equal(await other.get(each), index);
    equal((await other.list()).length, keys.length);
  });

  check("lists the keys of one operator or of all, in order", async (store) => {
    const keys = ["b 2", "a 2", "b 1", "a 1", "a. 0"]
      .map((pair) => pair.split(" "))
      .map(([operator, partition]) => ({ operator: operator!, partition: partition! }));
    for (const each of keys) await store.set(each, null);
    const listed = async (operator?: string) =>
      (await store.list(operator === undefined ? {} : { operator })).map(
        (each) => `${each.operator} ${each.partition}`,
      );
    deepEqual(await listed(), ["a 1", "a 2", "a. 0", "b 1", "b 2"]);
    deepEqual(await listed("a"), ["a 1", "a 2"]);
    deepEqual(await listed("c"), []);
  });

  check("deletes one key, for all stores on the place, and takes a new value for it", async (store, place) => {
    const kept = { operator: "orders", partition: "" };
    await store.set(kept, "kept");
    await store.set(key, "first");
    await store.set(key, "second");
    await store.delete(key);
    const other = await place.open();
    for (const each of [store, other]) {
      equal(await each.get(key), undefined);
      deepEqual(await each.list(), [kept]);
    }
    await other.set(key, "third");
    equal(await store.get(key), "third");
  });

  check("never brings an older value back where one is set and deleted at the same time", async (store, place) => {
    const other = await place.open();
    for (let round = 0; round < 200; round += 1) {
      await store.set(key, "older");
      const setting = store.set(key, "newer");
      for (let tick = 0; tick < round % 40; tick += 1) await setImmediate(); // at another point of it each time
      await Promise.all([setting, other.delete(key)]);
      const value = await store.get(key);
      equal(value === undefined || value === "newer", true, `round ${round}: ${String(value)}`);
    }
  });

  check(
    "ends with one of the values that were set at the same time, and loses none of other keys",
    async (store, place) => {
      const other = await place.open();
      const numbers = Array.from({ length: 20 }, (_, index) => index);
      await Promise.all(
        numbers.flatMap((number) => [
          (number % 2 ? store : other).set(key, number),
          (number % 2 ? other : store).set({ operator: "orders", partition: String(number) }, number),
        ]),
      );
      equal(numbers.includes((await store.get(key)) as number), true);
      for (const number of numbers) equal(await store.get({ operator: "orders", partition: String(number) }), number);
    },
  );
}

const VALUES: readonly Json[] = [
  { lastId: 42, at: "2024-01-01T00:00:00.123456Z" },
  null,
  "",
  0,
  false,
  [],
  {},
  [1, [null, { a: [] }]],
  'é 漢字 🚲 \0 \ud800 \u2028 " \\ \n',
  Number.MAX_SAFE_INTEGER,
  1e300,
  JSON.parse('{"__proto__": 1, "2": "b", "1": "a"}') as Json,
  "x".repeat(1_000_000),
];

const NAMES = [
  "orders",
  "Orders",
  "a/b",
  "a b",
  "a_b",
  "../..",
  ".",
  "a|b",
  "2024-01-01T00:00",
  "é",
  "e\u0301",
  "con",
  "x".repeat(300),
  "x".repeat(301),
  "\0\n\\",
];

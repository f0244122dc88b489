import {
  append,
  daily,
  defineOperator,
  deleteInsert,
  replace,
  upsert,
  type LoadStrategy,
  type RecordSource,
} from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { orders, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

type Order = typeof orders.$inferInsert;
const ROWS = 30_000;

/** A source that may stall as a network does: before its last rows it waits until it is told to go on. */
function stallingSource() {
  const stalled = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const source: RecordSource<Order> = {
    kind: "records",
    uri: "https://example.com/orders",
    local: false,
    fingerprint: async () => "1",
    async *open({ skip }) {
      for (let first = skip; first < ROWS; first += 1000) {
        if (first === ROWS - 1000) {
          stalled.resolve();
          await goOn.promise;
        }
        const records = Array.from({ length: 1000 }, (_, index) => ({
          id: first + index,
          day: "2024-01-01",
          note: "x",
        }));
        const position = (index: number) => ({
          source: "https://example.com/orders",
          line: first + index,
          byteOffset: null,
        });
        yield { records, malformed: [], bytes: 0, position };
      }
    },
  };
  return { source, stalled: stalled.promise, goOn: goOn.resolve };
}

const STRATEGIES = [
  ["append", append()],
  ["upsert", upsert({ key: orders.id })],
  ["replace", replace()],
  ["delete-insert", deleteInsert({ partitionBy: orders.day })],
] as const;

function stallingOperator(source: RecordSource<Order>, load: LoadStrategy, maxRows: number) {
  return defineOperator({
    name: "stalling",
    partitions: daily({ start: "2024-01-01", end: "2024-01-02" }),
    extract: () => source,
    target: orders,
    load: load as LoadStrategy<"orders">,
    chunks: { maxRows },
  });
}

test.for(STRATEGIES)(
  "C22: while its source stalls, a load has no transaction open and no lock on its target: %s",
  async ([, load]) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    const { source, stalled, goOn } = stallingSource();
    const operator = stallingOperator(source, load, 5000);
    const loading = runOperator(operator, { databaseUrl: database.url, partitions: ["2024-01-01"] });
    await stalled;
    // What is still under way of the chunks before may end.
    const busy = async () =>
      await database.sql`SELECT state, query FROM pg_stat_activity WHERE application_name LIKE 'millrace%' AND state <> 'idle'`;
    const deadline = Date.now() + 60_000;
    // Between two statements too a connection is idle: it has to stay so.
    for (let quiet = 0; quiet < 30 && Date.now() < deadline;) {
      quiet = (await busy()).length > 0 ? 0 : quiet + 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await busy()).toEqual([]);
    expect(
      await database.sql`SELECT mode FROM pg_locks WHERE relation = 'orders'::regclass AND pid <> pg_backend_pid()`,
    ).toEqual([]);
    // Others have the table for themselves.
    await database.sql.begin(async (sql) => sql`LOCK TABLE orders IN ACCESS EXCLUSIVE MODE`);
    goOn();
    const { materializations } = await loading;
    expect(materializations[0]?.metadata).toMatchObject({ read: ROWS, inserted: ROWS });
  },
);

test.for([...STRATEGIES, ["replace with swap", replace({ swap: true })]] as const)(
  "C26: a load whose connections are lost before its first chunk is whole goes on: %s",
  async ([, load]) => {
    await using database = await ordersDatabase(", PRIMARY KEY (id)");
    const { source, stalled, goOn } = stallingSource();
    const operator = stallingOperator(source, load, ROWS + 1);
    const loading = runOperator(operator, { databaseUrl: database.url, partitions: ["2024-01-01"] });
    await stalled;
    const lost = async () =>
      await database.sql`SELECT pg_terminate_backend(pid, 10000) AS gone FROM pg_stat_activity WHERE application_name LIKE 'millrace stalling%'`;
    const deadline = Date.now() + 60_000;
    while ((await lost()).length === 0) expect(Date.now()).toBeLessThan(deadline);
    goOn();
    const { materializations } = await loading;
    expect(materializations[0]?.metadata).toMatchObject({ read: ROWS, inserted: ROWS });
  },
);

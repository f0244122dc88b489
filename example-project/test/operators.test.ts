import { describeOperator, startPostgres, testOperator } from "@millrace/sdk/testing";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import flights from "../operators/flights.ts";

const server = await startPostgres();
afterAll(() => server[Symbol.asyncDispose]());

const migrations = join(import.meta.dirname, "../drizzle");
const HEADER =
  "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour";
const flight = (number: number, distance = 1400) =>
  `2013,1,1,517,515,2,830,819,11,UA,${number},N14228,EWR,IAH,227,${distance},5,15,2013-01-01T10:00:00Z`;
const day = (lines: readonly string[]) => ({
  "data/flights/2013-01-01.csv.gz": gzipSync(`${[HEADER, ...lines].join("\n")}\n`),
});
const departed = Array.from({ length: 120 }, (_, index) => flight(1 + index));

test("a flight of no distance is a dead letter, and those beside it are loaded", async () => {
  const run = await testOperator(flights, {
    server,
    migrations,
    files: day([...departed, flight(200, 0)]),
    config: (folder) => ({ dataDir: join(folder, "data") }),
    partition: "2013-01-01",
  });
  expect(run.error).toBeNull();
  expect(run.rows["flights"]).toHaveLength(120);
  expect(run.deadLetters).toMatchObject([{ reason: "a flight of no distance", field: "distance", line: 122 }]);
});

describeOperator(
  {
    operator: new URL("../operators/flights.ts", import.meta.url),
    server,
    migrations,
    files: day([...departed, flight(200, 0)]),
    partition: "2013-01-01",
    chunkRows: 50,
  },
  { test },
);

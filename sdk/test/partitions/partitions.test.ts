import {
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multi,
  staticPartitions,
  timeWindow,
  weekly,
  type Partitions,
} from "@millrace/sdk";
import { expect, test } from "vitest";
import { selectPartitions } from "../../src/operator/partitions/select.ts";

const one = (partitions: Partitions, key: string) =>
  selectPartitions({ name: "o", partitions }, { kind: "keys", keys: [key] })[0];
const between = (partitions: Partitions, start: string, end: string) =>
  selectPartitions({ name: "o", partitions }, { kind: "range", start, end }).map((partition) => partition?.key);

const newYork = { start: "2013-01-01", end: "2014-01-01", timeZone: "America/New_York" };

test.for<[string, Partitions, string, string, string]>([
  ["a day", daily({ start: "2013-01-01" }), "2013-01-31", "2013-01-31T00:00:00+00:00", "2013-02-01T00:00:00+00:00"],
  ["C19: the day of 23 hours", daily(newYork), "2013-03-10", "2013-03-10T00:00:00-05:00", "2013-03-11T00:00:00-04:00"],
  ["C19: the day of 25 hours", daily(newYork), "2013-11-03", "2013-11-03T00:00:00-04:00", "2013-11-04T00:00:00-05:00"],
  [
    "an hour",
    hourly({ start: "2013-01-01" }),
    "2013-01-01-23:00",
    "2013-01-01T23:00:00+00:00",
    "2013-01-02T00:00:00+00:00",
  ],
  ["a week", weekly({ start: "2013-01-01" }), "2013-01-06", "2013-01-06T00:00:00+00:00", "2013-01-13T00:00:00+00:00"],
  ["a month", monthly(newYork), "2013-03-01", "2013-03-01T00:00:00-05:00", "2013-04-01T00:00:00-04:00"],
])("the window of %s", ([, partitions, key, start, end]) => {
  expect(one(partitions, key)).toMatchObject({ kind: "time", key, start, end });
});

test.for<[string, Partitions, string]>([
  ["before the start", daily(newYork), "2012-12-31"],
  ["at the end", daily(newYork), "2014-01-01"],
  ["no day", daily(newYork), "2013-02-30"],
  ["no Sunday", weekly({ start: "2013-01-01" }), "2013-01-07"],
  ["no first of a month", monthly(newYork), "2013-03-02"],
  ["an hour where days are meant", daily(newYork), "2013-01-01-05:00"],
  ["not in the list", staticPartitions(["a", "b"]), "c"],
  ["empty", dynamicPartitions("d"), ""],
])("a key that is %s is refused", ([, partitions, key]) => {
  expect(() => one(partitions, key)).toThrow("[PARTITION_UNKNOWN]");
});

test("a range holds both its ends", () => {
  expect(between(daily(newYork), "2013-03-09", "2013-03-12")).toEqual([
    "2013-03-09",
    "2013-03-10",
    "2013-03-11",
    "2013-03-12",
  ]);
  expect(between(monthly(newYork), "2013-11-01", "2013-12-01")).toEqual(["2013-11-01", "2013-12-01"]);
  expect(between(staticPartitions(["a", "b", "c"]), "b", "c")).toEqual(["b", "c"]);
  expect(() => between(daily(newYork), "2013-12-30", "2014-01-02")).toThrow("[PARTITION_UNKNOWN]");
});

test("a window of a schedule lasts to its next tick, over a weekend too", () => {
  const workdays = timeWindow({ cron: "0 6 * * 1-5", start: "2013-01-01", format: "%Y-%m-%d" });
  expect(one(workdays, "2013-01-04")).toMatchObject({
    start: "2013-01-04T06:00:00+00:00",
    end: "2013-01-07T06:00:00+00:00",
  });
  expect(() => one(workdays, "2013-01-05")).toThrow("[PARTITION_UNKNOWN]");
  expect(() => timeWindow({ cron: "0 6 * *", start: "2013-01-01" })).toThrow(TypeError);
});

const regions = multi({ region: staticPartitions(["eu", "us"]), date: daily(newYork) });

test("a partition of two dimensions has the key and the partition of each", () => {
  expect(one(regions, "2013-03-10|eu")).toEqual({
    kind: "multi",
    key: "2013-03-10|eu",
    keys: { date: "2013-03-10", region: "eu" },
    dimensions: {
      date: expect.objectContaining({ end: "2013-03-11T00:00:00-04:00" }),
      region: { kind: "named", key: "eu" },
    },
  });
  expect(between(regions, "2013-03-09|eu", "2013-03-10|us")).toEqual([
    "2013-03-09|eu",
    "2013-03-09|us",
    "2013-03-10|eu",
    "2013-03-10|us",
  ]);
});

test.for(["2013-03-10", "eu|2013-03-10", "2013-03-10|asia", "2013-03-10|", "2013-03-10|eu|x"])(
  "%s is no key of two dimensions",
  (key) => expect(() => one(regions, key)).toThrow("[PARTITION_UNKNOWN]"),
);

test("dimensions that Dagster has no keys for are refused", () => {
  expect(() => multi({ region: staticPartitions(["eu"]) })).toThrow(TypeError);
  expect(() => multi({ a: staticPartitions(["x|y"]), b: staticPartitions(["z"]) })).toThrow(TypeError);
});

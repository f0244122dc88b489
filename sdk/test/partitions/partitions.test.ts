import { daily, dynamicPartitions, hourly, monthly, staticPartitions, weekly, type Partitions } from "@millrace/sdk";
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

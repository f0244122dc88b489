import { partitionPath, partitionUrl } from "@millrace/operators";
import type { Partition } from "@millrace/sdk";
import { expect, test } from "vitest";

const named = (key: string): Partition => ({ kind: "named", key });
const day: Partition = {
  kind: "time",
  key: "2024-03-31",
  start: "2024-03-31T00:00:00+01:00",
  end: "2024-04-01T00:00:00+02:00",
  timeZone: "Europe/Berlin",
};

test("a path has the partition in it, or the parts of its time", () => {
  expect(partitionPath("data/{partition}.csv", day)).toBe("data/2024-03-31.csv");
  expect(partitionPath("{year}/{month}/{day}/{hour}.csv", day)).toBe("2024/03/31/00.csv");
  expect(partitionPath("data.csv", undefined)).toBe("data.csv");
  expect(partitionPath("{partition}.csv", named("EU west"))).toBe("EU west.csv");
  const dimensions = { date: day, region: named("eu") };
  const multi = { kind: "multi", key: "2024-03-31|eu", keys: { date: day.key, region: "eu" }, dimensions } as Partition;
  expect(partitionPath("{region}/{date}/{year}.csv", multi)).toBe("eu/2024-03-31/2024.csv");
});

test.for(["..", "../../etc/passwd", "a/b", "a\\b", "*", "[a]", "{a}", "~root", "a\0b", "."])(
  "a partition that would lead elsewhere is refused: %s",
  (key) => {
    expect(() => partitionPath("data/{partition}", named(key))).toThrow("[PARTITION_PATH]");
  },
);

test("in a URL a partition is encoded, whatever it is", () => {
  expect(partitionUrl("https://example.com/{partition}?a=1", named("../x?y=&z"))).toBe(
    "https://example.com/..%2Fx%3Fy%3D%26z?a=1",
  );
});

test("a placeholder that there is nothing for is refused", () => {
  expect(() => partitionPath("{partition}.csv", undefined)).toThrow("Give the operator `partitions`");
  expect(() => partitionPath("{year}.csv", named("eu"))).toThrow("[PARTITION_PATH]");
  expect(() => partitionPath("{years}.csv", day)).toThrow("[PARTITION_PATH]");
});

import { afterAll, describe, expect, test } from "vitest";
import { event, HARD, openCustomers, SOFT, stopServer, type CustomerEvent } from "./changes.ts";

afterAll(stopServer);

function truncation(sequence: number): CustomerEvent {
  return { ...event("insert", 0, sequence), operation: "truncate" as never };
}

describe.for([HARD, SOFT])("$deletion deletion", (variant) => {
  test("C8, C9: a truncation among other changes does away with what is older, and with nothing newer", async () => {
    await using customers = await openCustomers(variant);
    await customers.apply([event("insert", 1, 10), event("insert", 2, 11), event("insert", 3, 90)]);
    const result = await customers.apply([
      event("update", 1, 20),
      event("insert", 4, 21),
      truncation(50),
      event("insert", 5, 60),
      event("update", 2, 40), // late: it was deleted since
      truncation(30),
      event("insert", 1, 70),
    ]);
    expect(result).toMatchObject({ read: 7, deleted: 1, removed: 1 });
    const present = (await customers.rows()).filter((row) => variant.deletion === "hard" || row.endsWith("false"));
    expect(present.map((row) => row.split(" ")[1])).toEqual(["1", "3", "5"]);
  });
});

import { afterAll, expect, test } from "vitest";
import { openCustomers, stopServer, type CustomerEvent, type CustomersVariant } from "./changes.ts";

afterAll(stopServer);

const variant: CustomersVariant = { deletion: "hard", sequence: "numeric", partitioned: false };

function event(id: number, sequence: number, name: string): CustomerEvent {
  return { operation: "insert", region: "north", id, sequence, name, email: null, previous: null };
}

test("C29: a chunk comes to the same whether the load was interrupted before it or not, also where rows are refused", async () => {
  // Each has a change that the table refuses; in the second one it is superseded by another of its chunk.
  const many = (from: number) => Array.from({ length: 20 }, (_, index) => event(from + index, from + index, "good"));
  // Two chunks are under way at a time: the third one knows how the first one was.
  const first = [event(1, 1, "bad"), ...many(100), event(50, 50, "good"), ...many(300)];
  const second = [event(4, 4, "bad"), event(4, 5, "good"), ...many(200).slice(1)];
  await using whole = await openCustomers(variant, ", CHECK (name <> 'bad')");
  const { inserted, superseded, rejected } = await whole.apply([...first, ...second], 21);
  await using parts = await openCustomers(variant, ", CHECK (name <> 'bad')");
  const one = await parts.apply(first, 21);
  const other = await parts.apply(second, 21);
  const sum = (name: string) => Number(one[name]) + Number(other[name]);
  expect({ inserted, superseded, rejected }).toEqual({
    inserted: sum("inserted"),
    superseded: sum("superseded"),
    rejected: sum("rejected"),
  });
  expect({ inserted, superseded, rejected }).toEqual({ inserted: 61, superseded: 1, rejected: 1 });
  expect(await parts.rows()).toEqual(await whole.rows());
});

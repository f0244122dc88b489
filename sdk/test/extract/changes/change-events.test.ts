import { changeFields, debezium } from "@millrace/sdk";
import { describe, expect, test } from "vitest";

const source = { lsn: 23_456, ts_ms: 1_700_000_000_123 };
const at = "2023-11-14T22:13:20.123Z";

describe("debezium", () => {
  test.for([
    ["c", "insert", null, { id: 1 }],
    ["r", "insert", null, { id: 1 }],
    ["u", "update", { id: 1 }, { id: 2 }],
    ["d", "delete", { id: 1 }, null],
    ["t", "truncate", null, null],
  ] as const)("%s is %s", ([op, operation, before, after]) => {
    const event = { operation, before, after, sequence: "23456", at };
    const envelope = { op, before, after, source, ts_ms: 1 };
    expect(debezium(envelope)).toEqual(event);
    expect(debezium({ schema: {}, payload: envelope })).toEqual(event);
    expect(debezium(JSON.stringify(envelope))).toEqual(event);
  });

  test("the tombstone behind a deletion is nothing", () => {
    expect(debezium(null)).toBeNull();
    expect(debezium("null")).toBeNull();
  });

  test("C18: numbers keep their digits", () => {
    const text = `{"op":"c","after":{"id":9007199254740993,"n":1.10000000000000000001},"source":{"lsn":9223372036854775807}}`;
    const event = debezium(text)!;
    expect(event.sequence).toBe("9223372036854775807");
    expect(event.after!["id"]).toBe(9_007_199_254_740_993n);
    expect(String(event.after!["n"])).toBe("1.10000000000000000001");
  });

  test("another database's place in its log", () => {
    const envelope = { op: "c", after: { id: 1 }, source: { file: "binlog.000003", pos: 154 } };
    const sequence = ({ file, pos }: Readonly<Record<string, unknown>>) =>
      Number(String(file).split(".")[1]) * 2 ** 32 + (pos as number);
    expect(debezium(envelope, { sequence })).toMatchObject({ sequence: String(3 * 2 ** 32 + 154), at: null });
  });

  test.for([
    [{ op: "x", source }, '"op" is "x"'],
    [{ op: "c", after: {} }, '"source" is no object'],
    [{ op: "c", after: {}, source: {} }, "where in the log"],
    [{ op: "c", after: 3, source }, '"after" is no object'],
    ["{", "no JSON"],
    [7, "no object"],
  ] as const)("%j is no change", ([record, why]) => {
    expect(() => debezium(record)).toThrow(why);
  });
});

describe("changeFields", () => {
  test("by their usual names and by others", () => {
    const change = { operation: "insert", before: null, after: { id: 1 }, sequence: "7", at: null };
    expect(changeFields({ operation: "INSERT", data: { id: 1 }, sequence: 7 })).toEqual(change);
    const names = { operation: "op", data: "payload", sequence: "n", at: "when" };
    expect(changeFields({ op: "i", payload: '{"id": 1}', n: 7n, when: at }, names)).toEqual({ ...change, at });
    expect(changeFields({ operation: "delete", data: { id: 1 }, sequence: "0/7" })).toEqual({
      operation: "delete",
      before: { id: 1 },
      after: null,
      sequence: "0/7",
      at: null,
    });
  });

  test.for([
    [{ operation: "merge", data: {}, sequence: 1 }, '"operation" is "merge"'],
    [{ operation: "insert", sequence: 1 }, '"data" is missing'],
    [{ operation: "insert", data: {} }, '"sequence" is missing'],
    [{ operation: "insert", data: "[]", sequence: 1 }, '"data" is no object'],
  ] as const)("%j is no change", ([record, why]) => {
    expect(() => changeFields(record)).toThrow(why);
  });
});

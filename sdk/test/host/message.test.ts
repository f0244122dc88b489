import { describe, expect, test } from "vitest";
import { toPipesException } from "../../src/host/pipes/exception.ts";
import { encodeMessage, maxMessageBytes } from "../../src/host/pipes/message.ts";
import { metadata, type MetadataInput, normalizeMetadata } from "../../src/host/pipes/metadata.ts";
import type { PipesMessage } from "../../src/host/pipes/protocol.ts";
import { anyMessage } from "../../src/host/schema/message-schema.ts";

describe("what is on the wire", () => {
  const exception = { message: "m", stack: ["at x\n"], name: "E", cause: null, context: null };
  test.each<[PipesMessage, string]>([
    [
      { method: "opened", params: { extras: {} } },
      '{"__dagster_pipes_version":"0.1","method":"opened","params":{"extras":{}}}',
    ],
    [{ method: "closed", params: {} }, '{"__dagster_pipes_version":"0.1","method":"closed","params":{}}'],
    [
      { method: "closed", params: { exception } },
      String.raw`{"__dagster_pipes_version":"0.1","method":"closed","params":{"exception":{"message":"m","stack":["at x\n"],"name":"E","cause":null,"context":null}}}`,
    ],
    [
      { method: "log", params: { message: "é", level: "WARNING" } },
      String.raw`{"__dagster_pipes_version":"0.1","method":"log","params":{"message":"\u00e9","level":"WARNING"}}`,
    ],
    [
      {
        method: "report_asset_materialization",
        params: {
          asset_key: "a",
          metadata: {
            f: metadata.float(7),
            g: metadata.float(-0),
            h: metadata.float(1e21),
            i: metadata.int(2n ** 64n),
          },
          data_version: null,
        },
      },
      '{"__dagster_pipes_version":"0.1","method":"report_asset_materialization","params":{"asset_key":"a","metadata":{"f":{"type":"float","raw_value":7.0},"g":{"type":"float","raw_value":-0.0},"h":{"type":"float","raw_value":1e+21},"i":{"type":"int","raw_value":18446744073709551616}},"data_version":null}}',
    ],
    [
      {
        method: "report_custom_message",
        params: { payload: { type: "partition_completed", metadata: { f: metadata.float(7) } } as never },
      },
      '{"__dagster_pipes_version":"0.1","method":"report_custom_message","params":{"payload":{"type":"partition_completed","metadata":{"f":{"type":"float","raw_value":7.0}}}}}',
    ],
  ])("%#", (message, line) => {
    expect(encodeMessage(message)).toBe(line);
  });
});

describe("a message that would be too long is trimmed, says so, and is still what the schema says", () => {
  const long = "x".repeat(1_500_000);
  const record = Array.from({ length: 40_000 }, (_, id) => ({ id, name: `name ${id}` }));

  function sent(message: PipesMessage): any {
    const line = encodeMessage(message);
    expect(line.length).toBeLessThanOrEqual(maxMessageBytes);
    expect(line.length).toBeGreaterThan(100_000);
    return anyMessage.parse(JSON.parse(line)).params;
  }
  const materialization = (values: Readonly<Record<string, MetadataInput>>): PipesMessage => ({
    method: "report_asset_materialization",
    params: { asset_key: "a", metadata: normalizeMetadata(values), data_version: null },
  });

  test("900 kB are not too long", () => {
    const payload = "x".repeat(900_000);
    expect(sent({ method: "report_custom_message", params: { payload } }).payload).toBe(payload);
  });

  test("log", () => {
    expect(sent({ method: "log", params: { message: long, level: "INFO" } }).message).toMatch(
      /^x{800000}… \[trimmed, 1500000 characters in all\]$/,
    );
  });

  test("text whose characters take six bytes each", () => {
    expect(sent({ method: "log", params: { message: "é".repeat(300_000), level: "INFO" } }).message).toMatch(
      /^é{100000}… \[trimmed, 300000 characters in all\]$/,
    );
  });

  test("message and stack of an error, and of its cause", () => {
    const cause = Object.assign(new Error(long), { stack: `Error\n${"    at f (a.ts:1:1)\n".repeat(60_000)}` });
    const { exception } = sent({
      method: "closed",
      params: { exception: toPipesException(new Error("outer", { cause })) },
    });
    expect(exception.message).toBe("outer");
    expect(exception.cause.message).toContain("… [trimmed, 1500000 characters in all]");
    expect(exception.cause.stack.at(-1)).toBe("    … [trimmed, 60002 frames in all]\n");
  });

  test("texts in metadata; a link that had to be cut is text", () => {
    const { metadata: values } = sent(
      materialization({ text: long, url: metadata.url(`https://a.b/${long}`), short: metadata.url("https://a.b/") }),
    );
    expect(values.text.raw_value).toContain("… [trimmed, 1500000 characters in all]");
    expect(values.url).toMatchObject({ type: "text", raw_value: expect.stringContaining("… [trimmed") });
    expect(values.short).toEqual({ type: "url", raw_value: "https://a.b/" });
  });

  test("tables, schemas, lineages and JSON", () => {
    const columns = record.map(({ name }) => ({ name }));
    const lineage = Object.fromEntries(columns.map(({ name }) => [name, [{ asset: ["b"], column: name }]]));
    const { metadata: values } = sent(
      materialization({
        table: metadata.table(record),
        schema: metadata.tableSchema(columns),
        lineage: metadata.columnLineage(lineage),
        json: metadata.json({ rows: record, ids: lineage }),
      }),
    );
    const kept: number = values.table.raw_value.records.length;
    expect(kept).toBeGreaterThan(100);
    expect(values["table (trimmed)"].raw_value).toBe(`the first ${kept} of 40000 records`);
    expect(values["schema (trimmed)"].raw_value).toBe(`the first ${kept} of 40000 columns`);
    expect(values["lineage (trimmed)"].raw_value).toBe(`the first ${kept} of 40000 columns`);
    expect(values.json.raw_value.rows.at(-1)).toBe("… [trimmed, 40000 items in all]");
    expect(values.json.raw_value.ids["…"]).toBe("[trimmed, 40000 fields in all]");
  });

  test("one cell and one name", () => {
    const { metadata: values } = sent(materialization({ table: metadata.table([{ cell: long }]), [long]: 1 }));
    expect(values.table.raw_value.records[0].cell).toContain("… [trimmed");
    expect(Object.keys(values)[1]).toContain("… [trimmed, 1500000 characters in all]");
  });

  test("very many entries", () => {
    const { metadata: values } = sent(materialization(Object.fromEntries(record.map(({ name }) => [name, 1]))));
    expect(values["… (trimmed)"].raw_value).toBe(`the first ${Object.keys(values).length - 1} of 40000 entries`);
  });

  test("texts in a custom message, whose shape stays", () => {
    const { payload } = sent({ method: "report_custom_message", params: { payload: { a: [long, 1], b: "short" } } });
    expect(payload).toEqual({ a: [expect.stringContaining("… [trimmed"), 1], b: "short" });
  });

  test("metadata in a partition's message", () => {
    const payload = { type: "partition_completed", partition: "p", metadata: { t: metadata.table(record) } };
    const { metadata: values } = sent({
      method: "report_custom_message",
      params: { payload: payload as never },
    }).payload;
    expect(values["t (trimmed)"].raw_value).toMatch(/^the first \d+ of 40000 records$/);
  });

  test("a custom message whose shape alone is too long is refused", () => {
    expect(() => encodeMessage({ method: "report_custom_message", params: { payload: record } })).toThrow(
      "[PIPES_MESSAGE_TOO_LONG] A message would be longer than 960000 bytes.",
    );
  });
});

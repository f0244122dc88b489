import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/host/pipes/message.ts";
import { metadata, type MetadataInput, normalizeMetadata, toMetadataValue } from "../../src/host/pipes/metadata.ts";
import { metadataValue } from "../../src/host/schema/metadata-schema.ts";

describe("plain values get the type that Dagster would give them", () => {
  const cases: readonly (readonly [string, unknown, object])[] = [
    ["string", "x", { type: "text", raw_value: "x" }],
    ["whole number", 7, { type: "int", raw_value: 7 }],
    ["fraction", 7.5, { type: "float", raw_value: 7.5 }],
    ["whole number beyond 2^53", 1e21, { type: "float", raw_value: 1e21 }],
    ["bigint", 2n ** 64n, { type: "int", raw_value: 2n ** 64n }],
    ["boolean", false, { type: "bool", raw_value: false }],
    ["null", null, { type: "null", raw_value: null }],
    ["Date", new Date("2013-01-01T00:00:00.500Z"), { type: "timestamp", raw_value: 1_356_998_400.5 }],
    ["NaN", Number.NaN, { type: "text", raw_value: "NaN" }],
    ["Infinity", Number.POSITIVE_INFINITY, { type: "text", raw_value: "Infinity" }],
    ["a Date that is none", new Date("?"), { type: "text", raw_value: "Invalid Date" }],
    ["a lone surrogate", "a\ud800b", { type: "text", raw_value: "a\ufffdb" }],
    ["an array, whatever the types say", [1, "x"], { type: "json", raw_value: [1, "x"] }],
    ["an object, whatever the types say", { a: 1n }, { type: "json", raw_value: { a: 1n } }],
    ["a bigint that Python does not read", 10n ** 5_000n, { type: "text", raw_value: `1${"0".repeat(5_000)}` }],
  ];
  test.each(cases)("%s", (_, input, expected) => {
    expect(toMetadataValue(input as MetadataInput)).toEqual(expected);
  });

  test("undefined entries are left out", () => {
    expect(normalizeMetadata({ a: undefined as never, b: 1 })).toEqual({ b: { type: "int", raw_value: 1 } });
  });

  test("a function is refused, by name", () => {
    expect(() => normalizeMetadata({ rows: (() => 1) as never })).toThrow(
      '[METADATA_INVALID] Metadata "rows" is a function',
    );
  });
});

describe("builders", () => {
  const column = { name: "c", type: "text", description: null, tags: {}, constraints: null };
  const cases: readonly (readonly [string, unknown, object])[] = [
    ["text", metadata.text("x"), { type: "text", raw_value: "x" }],
    ["url", metadata.url(new URL("https://a.b/c")), { type: "url", raw_value: "https://a.b/c" }],
    ["path", metadata.path("/a"), { type: "path", raw_value: "/a" }],
    ["notebook", metadata.notebook("/a.ipynb"), { type: "notebook", raw_value: "/a.ipynb" }],
    ["markdown", metadata.markdown("# a"), { type: "md", raw_value: "# a" }],
    ["run", metadata.run("id"), { type: "dagster_run", raw_value: "id" }],
    ["asset", metadata.asset(["a", "b"]), { type: "asset", raw_value: "a/b" }],
    ["null", metadata.null(), { type: "null", raw_value: null }],
    ["bool", metadata.bool(true), { type: "bool", raw_value: true }],
    ["int", metadata.int(5), { type: "int", raw_value: 5 }],
    [
      "int from an unsafe number keeps what the number was",
      metadata.int(2 ** 70),
      { type: "int", raw_value: 2n ** 70n },
    ],
    ["float", metadata.float(5), { type: "float", raw_value: 5 }],
    ["float of NaN", metadata.float(Number.NaN), { type: "text", raw_value: "NaN" }],
    ["int of Infinity", metadata.int(Number.POSITIVE_INFINITY), { type: "text", raw_value: "Infinity" }],
    ["timestamp of seconds", metadata.timestamp(12.5), { type: "timestamp", raw_value: 12.5 }],
    [
      "json",
      metadata.json({ at: new Date(0), none: undefined }),
      { type: "json", raw_value: { at: "1970-01-01T00:00:00.000Z" } },
    ],
    ["json of a bare number", metadata.json(5), { type: "int", raw_value: 5 }],
    ["json of a bare fraction", metadata.json(0.5), { type: "float", raw_value: 0.5 }],
    ["json of a bare bigint", metadata.json(2n ** 70n), { type: "int", raw_value: 2n ** 70n }],
    ["json of a bare boolean", metadata.json(true), { type: "bool", raw_value: true }],
    ["json of a bare text", metadata.json("x"), { type: "json", raw_value: "x" }],
    ["json of null", metadata.json(null), { type: "json", raw_value: null }],
    [
      "table with columns found",
      metadata.table([
        { a: 1, b: "x" },
        { a: 2.5, c: new Date(0) },
      ]),
      {
        type: "table",
        raw_value: {
          records: [
            { a: 1, b: "x", c: null },
            { a: 2.5, b: null, c: "1970-01-01T00:00:00.000Z" },
          ],
          schema: [
            { ...column, name: "a", type: "float" },
            { ...column, name: "b", type: "string" },
            { ...column, name: "c", type: "string" },
          ],
        },
      },
    ],
    [
      "table with nested, special and huge cells",
      metadata.table([{ a: { b: 1n }, c: Number.NaN, d: 2n ** 70n }], [{ name: "a", type: "jsonb" }]),
      {
        type: "table",
        raw_value: {
          records: [{ a: '{"b":"1"}', c: "NaN", d: 2n ** 70n }],
          schema: [
            { ...column, name: "a", type: "jsonb" },
            { ...column, name: "c", type: "string" },
            { ...column, name: "d", type: "int" },
          ],
        },
      },
    ],
    ["empty table", metadata.table([]), { type: "table", raw_value: { records: [], schema: [] } }],
    [
      "table schema",
      metadata.tableSchema([
        { name: "c", type: "text", description: "d", tags: { k: "v" }, constraints: { nullable: false } },
      ]),
      {
        type: "table_schema",
        raw_value: {
          columns: [
            {
              name: "c",
              type: "text",
              description: "d",
              tags: { k: "v" },
              constraints: { nullable: false, unique: false, other: [] },
            },
          ],
        },
      },
    ],
    [
      "column lineage names each source once",
      metadata.columnLineage({
        x: [
          { asset: ["a", "b/c"], column: "y" },
          { asset: ["a", "b/c"], column: "y" },
        ],
      }),
      {
        type: "table_column_lineage",
        raw_value: { deps_by_column: { x: [{ asset_key: ["a", "b/c"], column_name: "y" }] } },
      },
    ],
  ];
  test.each(cases)("%s", (_, built, expected) => {
    expect(built).toEqual(expected);
    const text = encodeMessage({
      method: "report_asset_materialization",
      params: { asset_key: "a", metadata: { x: built as never }, data_version: null },
    });
    expect(metadataValue.safeParse(JSON.parse(text).params.metadata.x).error).toBeUndefined();
  });

  test("a fraction is no int", () => {
    expect(() => metadata.int(1.5)).toThrow(
      "[METADATA_INVALID] 1.5 is not an integer. Use `metadata.float`, or round it.",
    );
  });

  test("an asset that Dagster would take for another one is refused", () => {
    expect(() => metadata.asset(["a", "b/c"])).toThrow("[METADATA_INVALID] Asset key a/b\\/c can not be linked to");
  });
});

describe("values typed by hand go through the builders", () => {
  test.each([
    [
      { type: "float", raw_value: Number.NaN },
      { type: "text", raw_value: "NaN" },
    ],
    [{ type: "table", raw_value: { records: [{ a: { b: 1 } }] } }, metadata.table([{ a: '{"b":1}' }])],
    [{ type: "table_schema", raw_value: { columns: [{ name: "a" }] } }, metadata.tableSchema([{ name: "a" }])],
    [
      { type: "table_column_lineage", raw_value: { deps_by_column: { a: [{ asset_key: ["b"], column_name: "c" }] } } },
      metadata.columnLineage({ a: [{ asset: ["b"], column: "c" }] }),
    ],
    [
      { type: "unheard of", raw_value: 1 },
      { type: "json", raw_value: { type: "unheard of", raw_value: 1 } },
    ],
  ])("%j", (input, expected) => {
    expect(toMetadataValue(input as MetadataInput)).toEqual(expected);
  });

  test.each([
    { type: "table", raw_value: null },
    { type: "int", raw_value: 1.5 },
    { type: "float", raw_value: "7" },
    { type: "timestamp", raw_value: "now" },
    { type: "table_schema", raw_value: { columns: [{}] } },
    { type: "table_column_lineage", raw_value: { deps_by_column: { a: [{}] } } },
  ])("%j is refused", (input) => {
    expect(() => normalizeMetadata({ x: input as MetadataInput })).toThrow(
      `[METADATA_INVALID] Metadata "x" is not a ${input.type}`,
    );
  });
});

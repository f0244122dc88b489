import { metadata, type MetadataInput, type PipesSession } from "@millrace/sdk/pipes";

export const largeText = "0123456789".repeat(90_000);
export const unicode = 'é ß 漢字 العربية 😀 👩‍👩‍👧 e\u0301 \u2028\u2029\u0085 \u0000 " \\ \u{10ffff}';

export const everyMetadata: Readonly<Record<string, MetadataInput>> = {
  "plain text": "x",
  "plain int": 842,
  "plain float": 0.5,
  "plain whole float": metadata.float(7),
  "plain bigint": 2n ** 70n,
  "plain bool": true,
  "plain null": null,
  "plain date": new Date("2013-01-01T00:00:00Z"),
  "plain NaN": Number.NaN,
  "plain infinity": Number.NEGATIVE_INFINITY,
  text: metadata.text("x"),
  url: metadata.url("https://a.b/c"),
  path: metadata.path("/a/b"),
  notebook: metadata.notebook("/a.ipynb"),
  json: metadata.json({ list: [1, null, true, "x", 2n ** 70n], nested: { a: {} } }),
  "json list": metadata.json([1, 2]),
  "json scalar": metadata.json(5),
  "json null": metadata.json(null),
  markdown: metadata.markdown("# a"),
  int: metadata.int(-5),
  float: metadata.float(1.25),
  "float zero": metadata.float(-0),
  "float large": metadata.float(1e300),
  "float whole and large": metadata.float(2 ** 53),
  bool: metadata.bool(false),
  timestamp: metadata.timestamp(1_356_998_400),
  run: metadata.run("00000000-0000-0000-0000-000000000000"),
  asset: metadata.asset(["warehouse", "flights"]),
  null: metadata.null(),
  table: metadata.table([
    { a: 1, b: "x", c: null },
    { a: 2.5, b: { nested: true }, d: new Date(0) },
  ]),
  "table with columns": metadata.table(
    [{ a: 2n ** 70n }],
    [{ name: "a", type: "numeric", description: "d", constraints: { nullable: false, unique: true, other: ["> 0"] } }],
  ),
  "empty table": metadata.table([]),
  schema: metadata.tableSchema([{ name: "a", type: "text", tags: { k: "v" } }, { name: "b" }]),
  lineage: metadata.columnLineage({
    a: [
      { asset: ["up/stream", "x"], column: "b" },
      { asset: ["up/stream", "x"], column: "b" },
      { asset: ["y"], column: "c" },
    ],
    none: [],
  }),
};

/** Calls that no orchestrator would take; each must raise, and leave no trace. */
export const unsendable: Readonly<Record<string, (pipes: PipesSession) => void>> = {
  level: (pipes) => pipes.log("notice" as never, "x"),
  severity: (pipes) => pipes.reportCheck({ checkName: "c", passed: true, severity: "fatal" as never }),
  passed: (pipes) => pipes.reportCheck({ checkName: "c", passed: "yes" as never }),
  dataVersion: (pipes) => pipes.reportMaterialization({ dataVersion: 7 as never }),
  asset: (pipes) => pipes.reportMaterialization({ assetKey: ["other"] }),
  stream: (pipes) => pipes.logExternalStream("stdin" as never, "x"),
  metadata: (pipes) => pipes.reportMaterialization({ metadata: { f: (() => 1) as never } }),
  fraction: (pipes) => pipes.reportMaterialization({ metadata: { f: { type: "int", raw_value: 1.5 } } }),
  long: (pipes) => pipes.reportCustomMessage(Array.from({ length: 1_000_000 }, () => 1)),
};

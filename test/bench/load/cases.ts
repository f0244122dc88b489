import type { BenchDatabase } from "./bench-database.ts";
import { Contenders, type Case } from "./contenders.ts";
import type { FileKind, OrderFiles } from "./files.ts";
import { chunkedMerge, scripts } from "./psql.ts";

const CHUNK_ROWS = 25_000;
const CHECK = ", CHECK (customer_id >= 0)";

/** Loads of a file by Millrace and by whom it is held against. */
export function loadCases(database: BenchDatabase, files: OrderFiles): Case[] {
  const contenders = new Contenders(database, files);
  const { ours, theirs, loaded } = {
    ours: contenders.ours.bind(contenders),
    theirs: contenders.theirs.bind(contenders),
    loaded: contenders.loaded.bind(contenders),
  };
  const script = (name: keyof typeof scripts, kind: FileKind) => async () => scripts[name](await files.path(kind));
  const hashed = { hashed: true } as const;
  const partition = "new";
  const loadedHashed = loaded("upsert", "clean", hashed);
  const loadedAll = loaded("replace", "clean");
  const loadedPartition = loaded("delete-insert", "one", { partition });
  const clean = ours("upsert", "clean", hashed);
  return [
    {
      name: "upsert, typed columns, row hash",
      target: 1.25,
      ours: clean,
      theirs: theirs("\\copy + merge", script("merge", "clean")),
      limits: { cpu: 1, peakMb: 160 },
    },
    {
      name: "the same against psql in the same chunks",
      target: 1.35,
      ours: clean,
      theirs: theirs("\\copy + merge, in chunks", async () => chunkedMerge(await files.pieces("clean", CHUNK_ROWS))),
    },
    {
      name: "upsert, record schema and transform",
      target: 1,
      ours: ours("transformed", "clean", hashed),
      theirs: theirs("\\copy + merge", script("merge", "clean")),
      limits: { cpu: 4.5, peakMb: 250 },
    },
    { name: "append", target: 0.95, ours: ours("append", "clean"), theirs: theirs("\\copy", script("copy", "clean")) },
    {
      name: "delete-insert of a partition",
      target: 0.95,
      ours: ours("delete-insert", "one", { partition }),
      theirs: theirs("\\copy", script("copy", "one")),
    },
    {
      name: "full refresh of a new table",
      target: 0.95,
      ours: ours("replace", "clean"),
      theirs: theirs("\\copy", script("copy", "clean")),
    },
    {
      name: "reload of an unchanged file",
      target: 2,
      ours: ours("upsert", "clean", { prepare: loadedHashed }),
      theirs: theirs("\\copy + merge of what is distinct", script("merge-changed", "clean"), loadedHashed),
    },
    {
      name: "reload with a tenth changed, upsert",
      target: 1,
      ours: ours("upsert", "changed", { prepare: loadedHashed }),
      theirs: theirs("\\copy + merge of what is distinct", script("merge-changed", "changed"), loadedHashed),
    },
    {
      name: "reload with a tenth changed, replace",
      target: 1,
      ours: ours("replace", "changed", { prepare: loadedAll }),
      theirs: theirs("DELETE + \\copy", script("delete-copy", "changed"), loadedAll),
    },
    {
      name: "reload with a tenth changed, delete-insert",
      target: 1,
      ours: ours("delete-insert", "one-changed", { partition, prepare: loadedPartition }),
      theirs: theirs("DELETE + \\copy", script("delete-copy", "one-changed"), loadedPartition),
    },
    { name: "1 % bad rows against none", target: 0.95, ours: ours("upsert", "bad1", hashed), theirs: clean },
    { name: "10 % bad rows against none", target: 0.95, ours: ours("upsert", "bad10", hashed), theirs: clean },
    {
      name: "1 % of rows refused by the server against none",
      target: 0.7,
      ours: ours("upsert", "refused1", { ...hashed, check: CHECK }),
      theirs: ours("upsert", "clean", { ...hashed, check: CHECK }),
    },
  ];
}

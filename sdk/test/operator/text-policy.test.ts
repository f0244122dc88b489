import { writeFile } from "node:fs/promises";
import {
  applyChanges,
  csv,
  defineOperator,
  replayDeadLetters,
  tableRecord,
  text,
  upsert,
  type Operator,
  type RecordSource,
  type TextPolicy,
} from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable, text as textColumn, varchar } from "drizzle-orm/pg-core";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { csvFolder, ordersDatabase, stopServer, type OrdersDatabase } from "./orders.ts";

afterAll(stopServer);

const notes = pgTable("notes", {
  id: integer("id").notNull(),
  note: textColumn("note"),
  short: varchar("short", { length: 5 }),
});
const DDL = "CREATE TABLE notes (id int PRIMARY KEY, note text, short varchar(5))";

const engines = {
  "rows that stay bytes": { record: tableRecord(notes) },
  "rows that become objects": { record: tableRecord(notes), transform: (row: typeof notes.$inferInsert) => row },
  "rows that a schema checks": {
    record: z.object({ id: text.integer(), note: z.string().nullable(), short: z.string().nullable() }),
  },
} as const;

function notesOperator(engine: keyof typeof engines, policy: TextPolicy | undefined): Operator {
  return defineOperator({
    name: "notes",
    config: z.object({ file: z.string() }),
    extract: ({ config }) => csv(config.file),
    ...(engines[engine] as (typeof engines)["rows that stay bytes"]),
    target: notes,
    load: upsert({ key: notes.id }),
    rejects: { maxRatio: 1 },
    ...(policy && { text: policy }),
  });
}

async function notesFile(): Promise<string> {
  const folder = await csvFolder({});
  const bytes = (...values: number[]) => Buffer.from(values);
  const parts = [
    "\ufeffid,note,short\n1,plain 🚲,fits\n2,nul\0byte,x\n3,not ",
    bytes(0xff, 0xe6, 0xbc),
    ' utf8 é,x\n4,"quoted ""',
    bytes(0xed, 0xa0, 0xbd),
    '""",x\n5,long,sixsix\n6,pairs,🚲🚲🚲🚲🚲\n7,both\0,abcd🚲fgh\n8,\ufeffinner\ufeff,x\nx9,\0,toolong\n',
  ];
  await writeFile(`${folder}/notes.csv`, Buffer.concat(parts.map((part) => Buffer.from(part as string))));
  return `${folder}/notes.csv`;
}

const stored = async ({ sql }: OrdersDatabase) =>
  (await sql<{ line: string }[]>`SELECT concat_ws('|', id, note, short) AS line FROM notes ORDER BY id`).map(
    ({ line }) => line,
  );

const KEPT = ["1|plain 🚲|fits", "6|pairs|🚲🚲🚲🚲🚲", "8|\ufeffinner\ufeff|x"];
const OUTCOMES: Readonly<Record<TextPolicy, readonly string[]>> = {
  reject: [],
  replace: [
    "2|nul\ufffdbyte|x",
    "3|not \ufffd\ufffd\ufffd utf8 é|x",
    '4|quoted "\ufffd\ufffd\ufffd"|x',
    "5|long|sixs…",
    "7|both\ufffd|abcd…",
  ],
  strip: ["2|nulbyte|x", "3|not  utf8 é|x", '4|quoted ""|x', "5|long|sixsi", "7|both|abcd🚲"],
};

describe.for(Object.keys(engines) as (keyof typeof engines)[])("C20: %s", (engine) => {
  test.for([
    [undefined, OUTCOMES.reject],
    ["replace", OUTCOMES.replace],
    ["strip", OUTCOMES.strip],
  ] as const)("text that its column can not hold, policy %s", async ([policy, changed]) => {
    await using database = await ordersDatabase();
    await database.sql.unsafe(DDL);
    const config = { file: await notesFile() };
    const run = async () => {
      const { materializations } = await runOperator(notesOperator(engine, policy), {
        databaseUrl: database.url,
        config,
      });
      return materializations[0]!.metadata;
    };
    const rejected = 6 - changed.length;
    const counts = { read: 9, rejected, repaired: changed.length };
    expect(await run()).toMatchObject({ ...counts, inserted: 9 - rejected });
    expect(await stored(database)).toEqual([...KEPT, ...changed].toSorted());
    const [ledger] = await database.sql`SELECT counts FROM millrace.checkpoints`;
    expect(ledger).toMatchObject({ counts });
    expect(await run()).toMatchObject({ ...counts, unchanged: 9 - rejected });
    const letters = (await database.deadLetters()).filter(({ status }) => status === "open");
    expect(letters.map(({ line }) => Number(line)).toSorted((a, b) => a - b)).toEqual(
      policy === undefined ? [3, 4, 5, 6, 8, 10] : [10],
    );
  });
});

describe("C20: halves of surrogate pairs", () => {
  const records = [
    { id: 1, note: "half \ud83d of one" },
    { id: 2, note: "\udeb2\ud83d" },
    { id: 3, note: "whole 🚲" },
  ];
  const source: RecordSource<(typeof records)[number]> = {
    kind: "records",
    uri: "memory:halves",
    local: true,
    fingerprint: async () => "1",
    async *open({ skip }) {
      yield {
        records: records.slice(skip),
        malformed: [],
        bytes: 0,
        position: (index) => ({ source: "memory:halves", line: skip + index + 1, byteOffset: null }),
      };
    },
  };
  const rows = (policy: TextPolicy) =>
    defineOperator({
      name: "halves",
      extract: () => source,
      target: notes,
      load: upsert({ key: notes.id }),
      rejects: { maxRatio: 1 },
      text: policy,
    });
  const sequenced = pgTable("notes", { id: integer("id").notNull(), note: textColumn("note"), seq: integer("seq") });
  const changes = (policy: TextPolicy) =>
    defineOperator({
      name: "halves",
      extract: () => source,
      transform: ({ id, note }) => ({ operation: "upsert" as const, row: { id, note, seq: id } }),
      target: sequenced,
      load: applyChanges({ key: sequenced.id, sequence: sequenced.seq }),
      rejects: { maxRatio: 1 },
      text: policy,
    });

  test.for([
    ["reject", ["3|whole 🚲"]],
    ["replace", ["1|half \ufffd of one", "2|\ufffd\ufffd", "3|whole 🚲"]],
    ["strip", ["1|half  of one", "2|", "3|whole 🚲"]],
  ] as const)("policy %s", async ([policy, expected]) => {
    for (const make of [rows, changes]) {
      await using database = await ordersDatabase();
      await database.sql.unsafe(`${DDL}; ALTER TABLE notes ADD seq int`);
      const { materializations } = await runOperator(make(policy), { databaseUrl: database.url });
      const repaired = policy === "reject" ? 0 : 2;
      expect(materializations[0]!.metadata).toMatchObject({ read: 3, rejected: 3 - expected.length, repaired });
      expect(await stored(database)).toEqual(expected);
      if (policy !== "reject") continue;
      // What was rejected is kept as it was, and can be loaded under another policy.
      expect(await replayDeadLetters(make("replace"), { databaseUrl: database.url })).toMatchObject({ replayed: 2 });
      expect(await stored(database)).toEqual(["1|half \ufffd of one", "2|\ufffd\ufffd", "3|whole 🚲"]);
    }
  });
});

test("C20: a preview that is cut within a pair of surrogates is still one that can be kept", async () => {
  await using database = await ordersDatabase();
  await database.sql.unsafe(DDL);
  const folder = await csvFolder({ "notes.csv": `id,note,short\n1,${"x".repeat(999)}🚲,y\n` });
  const { materializations } = await runOperator(notesOperator("rows that stay bytes", undefined), {
    databaseUrl: database.url,
    config: { file: `${folder}/notes.csv` },
  });
  const shown = JSON.stringify(materializations[0]!.metadata["preview"]);
  expect(shown).toContain("xxx\ufffd");
  expect(shown).not.toContain("\\ud83d");
});

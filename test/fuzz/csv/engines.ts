import { csv, defineOperator, tableRecord, upsert, type TextPolicy } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import * as pg from "drizzle-orm/pg-core";
import fc from "fast-check";
import { expect } from "vitest";
import * as values from "../columns/values.ts";
import { cuts, inFrames } from "../cuts.ts";
import type { FuzzDatabase } from "../place.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { text } from "../texts.ts";

const things = pg.pgTable("things", {
  id: pg.integer().primaryKey(),
  small: pg.smallint(),
  big: pg.bigint({ mode: "bigint" }),
  price: pg.numeric(),
  ratio: pg.doublePrecision(),
  weight: pg.real(),
  flag: pg.boolean(),
  day: pg.date(),
  at: pg.timestamp({ withTimezone: true, mode: "string" }),
  local: pg.timestamp({ mode: "string" }),
  ref: pg.uuid(),
  name: pg.text().notNull(),
  code: pg.varchar({ length: 5 }),
  data: pg.jsonb(),
  took: pg.interval(),
  row_hash: pg.text(),
});

const DDL = `CREATE TABLE things (id int PRIMARY KEY, small smallint, big int8, price numeric, ratio float8, weight float4, flag boolean, day date,
  at timestamptz, local timestamp, ref uuid, name text NOT NULL, code varchar(5), data jsonb, took interval, row_hash text)`;

const { oneof, constantFrom } = fc;
const digits = fc.stringMatching(/^[-+]?0?\d{1,21}$/);
const decimal = oneof(fc.stringMatching(/^[-+]?\d{0,18}\.?\d{0,18}$/), values.decimalText);
const float = oneof(decimal, values.number.map(String));
const moment = oneof(
  fc.stringMatching(/^20[0-3]\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,7})?)?(Z|[-+]\d\d:?\d\d)?$/),
  values.momentText,
);
/** What somebody writes in a column of that name, or takes for it. */
const fields: Readonly<Record<string, fc.Arbitrary<string>>> = {
  small: digits,
  big: digits,
  price: decimal,
  ratio: float,
  weight: float,
  flag: constantFrom("t", "f", "TRUE", "no", "1", "2", "On", " t"),
  day: oneof(fc.stringMatching(/^(19|20)\d\d-[01]\d-[0-3]\d$/), values.dateText),
  at: moment,
  local: moment,
  ref: oneof(
    fc.uuid(),
    fc.uuid().map((one) => one.toUpperCase()),
    fc.uuid().map((one) => one.replaceAll("-", "")),
  ),
  name: values.anyText,
  code: oneof(text, fc.string({ unit: constantFrom("é", "🚲", "a"), maxLength: 7 })),
  // As JSON.stringify writes it: bytes stay as they are, `{ }` and `-0` included, and so does their hash.
  data: oneof(
    values.json.map((one) => JSON.stringify(one) ?? "x"),
    fc.stringMatching(/^\{"a":-?[1-9]\d{0,30}(\.\d{0,29}[1-9])?\}$/),
    text,
  ),
  took: values.intervalText,
};
const names = ["id", ...Object.keys(fields)];

/** One row gives its number, its name and a few other fields. */
const row = fc.record({
  id: oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }).map(String) }, { weight: 1, arbitrary: digits }),
  given: fc.uniqueArray(
    constantFrom(...Object.keys(fields)).chain((name) =>
      oneof({ weight: 4, arbitrary: fields[name]! }, { weight: 1, arbitrary: text }).map(
        (value) => [name, value] as const,
      ),
    ),
    { selector: ([name]) => name, maxLength: 4 },
  ),
  quoted: fc.boolean(),
  more: constantFrom("", "", "", "", "", "", ",", '"', "\xff"),
});
const file = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 25 }),
  cuts,
  policy: constantFrom<TextPolicy>("reject", "reject", "replace", "strip"),
});

export const engines: FuzzProperty = {
  name: "csv: rows that stay bytes and rows that become objects come to the same rows, hashes and dead letters",
  cases: 10,
  async open(place) {
    const databases = [await place.database(), await place.database()];
    for (const { sql } of databases) await sql.unsafe(DDL);
    let path = "";
    let policy: TextPolicy = "reject";
    const base = {
      extract: () => csv(path),
      record: tableRecord(things),
      target: things,
      load: upsert({ key: things.id, hash: things.row_hash }),
      rejects: { maxRatio: 1 },
    } as const;
    const operators = [
      () => defineOperator({ ...base, name: "things", text: policy }),
      () => defineOperator({ ...base, name: "things", text: policy, transform: (given) => given }),
    ];
    return holds(file, async (one) => {
      path = await place.write("c.csv.zst", inFrames(contentOf(one.rows), one.cuts));
      policy = one.policy;
      const outcomes = [];
      for (const [index, database] of databases.entries())
        outcomes.push(await outcomeOf(database, operators[index]!()));
      expect(outcomes[0]).toEqual(outcomes[1]);
    });
  },
};

function contentOf(rows: readonly (typeof row extends fc.Arbitrary<infer One> ? One : never)[]): Buffer {
  const lines = rows.map(({ id, given, quoted, more }) => {
    const byName: Readonly<Record<string, string>> = { name: "x", ...Object.fromEntries(given), id };
    const line = names.map((name) => fieldText(byName[name] ?? "", quoted)).join(",");
    // Bytes, of which 0xff is no UTF-8.
    return Buffer.concat([Buffer.from(line), Buffer.from(`${more}\n`, "latin1")]);
  });
  return Buffer.concat([Buffer.from(`${names.join(",")}\n`), ...lines]);
}

function fieldText(content: string, quoted: boolean): string {
  return (quoted && content !== "") || /[",\r\n]/.test(content) ? `"${content.replaceAll('"', '""')}"` : content;
}

async function outcomeOf({ sql, url }: FuzzDatabase, operator: ReturnType<typeof defineOperator>) {
  await sql`TRUNCATE things`;
  const { materializations } = await runOperator(operator, { databaseUrl: url });
  const { read, inserted, rejected, superseded, repaired } = materializations[0]!.metadata;
  const letters =
    await sql`SELECT code, reason, field, line, byte_offset, record::text FROM millrace.dead_letters ORDER BY line`;
  await sql`TRUNCATE millrace.dead_letters`;
  const rows = await sql`SELECT t::text AS row FROM things t ORDER BY id`;
  return {
    counts: { read, inserted, rejected, superseded, repaired },
    version: materializations[0]!.dataVersion,
    rows: [...rows],
    letters: [...letters],
  };
}

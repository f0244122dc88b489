import { JsonNumber, tableRecord } from "@millrace/sdk";
import {
  bigint,
  boolean,
  customType,
  date,
  doublePrecision,
  integer,
  jsonb,
  numeric,
  pgTable,
  real,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { expect, test } from "vitest";

const interval = customType<{ data: string }>({ dataType: () => "interval" });

const columns = {
  int2: smallint,
  int4: integer,
  int8: (name: string) => bigint(name, { mode: "bigint" }),
  float4: real,
  float8: doublePrecision,
  numeric,
  boolean,
  date,
  timestamp,
  timestamptz: (name: string) => timestamp(name, { withTimezone: true }),
  uuid,
  json: jsonb,
  text,
  short: (name: string) => varchar(name, { length: 3 }),
  interval,
} as const;

interface Judged {
  readonly value?: Readonly<Record<string, unknown>>;
  readonly issues?: readonly unknown[];
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  1.5,
  0.1,
  -32768,
  32767,
  32768,
  -2147483648,
  2147483647,
  2147483648,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  1e-7,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  9007199254740993n,
  2n ** 64n,
  new JsonNumber("1e400"),
  [],
  [1],
  {},
  { a: 1 },
  new Uint8Array([1, 255]),
  "",
  " ",
  "0",
  "-0",
  "007",
  "1.50",
  "+1",
  "1e3",
  "t",
  "no",
  "null",
  "NaN",
  "-inf",
  "infinity",
  "2013-01-31",
  "2013-02-31",
  "2013-01-31T12:00:00",
  "2013-01-31T12:00:00Z",
  "2013-01-31 12:00:00.123456+02",
  "6F9619FF-8B86-D011-B42D-00C04FC964FF",
  "abc",
  "abcd",
  "🚲🚲",
  "🚲🚲🚲",
  '{"a":1}',
  "\u0000",
  "\ud800",
];

const kinds = Object.entries(columns) as [string, (name: string) => ReturnType<typeof text>][];

test.for(kinds)("a value for %s is taken alike in a record of all fields and in one that lacks some", ([, make]) => {
  for (const column of [make("value"), make("value").notNull()]) {
    const record = tableRecord(pgTable("t", { value: column, other: text("other") }));
    for (const validator of [record, record.ofTypedValues()]) {
      const judged = (given: Readonly<Record<string, unknown>>) => validator["~standard"].validate(given) as Judged;
      for (const value of VALUES) {
        const { value: whole, issues } = judged({ value, other: "x" });
        const part = judged({ value });
        expect(issues).toEqual(part.issues);
        if (part.value === undefined) continue;
        expect(whole).toEqual({ ...part.value, other: "x" });
      }
    }
  }
});

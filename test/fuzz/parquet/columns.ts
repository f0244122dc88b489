import { expect } from "vitest";

/** A column of DuckDB's, texts to cast to its type, and how its values are told. */
export interface DuckColumn {
  readonly type: string;
  readonly texts: readonly string[];
  /** SQL that says of `x` what it is. */
  readonly told: string;
  /** What a value that was read is, told likewise. */
  readonly tell: (value: any) => string;
}

const moments = [
  "1970-01-01 00:00:00",
  "2024-02-29 23:59:59.123456",
  "1969-12-31 23:59:59.999999",
  "0001-01-01 00:00:00",
  "9999-12-31 23:59:59.999",
  "1752-09-14 12:00:00.5",
];
const text = (value: unknown) => String(value);

/** Since 1970, in units of which a second has 10 to the power of `digits`. */
function since1970(digits: number): (moment: string) => string {
  return (moment) => {
    const [, seconds, fraction = ""] = /^(.*?)(?:\.(\d+))?Z?$/.exec(moment)!;
    const whole = BigInt(new Date(`${seconds}Z`).getTime()) / 1000n;
    return String(whole * 10n ** BigInt(digits) + BigInt(fraction.padEnd(digits, "0").slice(0, digits)));
  };
}

/** What DuckDB tells as JSON, but for numbers that only JSON.parse changes. */
const json = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "bigint" ? (JSON as any).rawJSON(String(inner)) : inner,
  );

export const columns: Readonly<Record<string, DuckColumn>> = {
  tiny: { type: "TINYINT", texts: ["0", "-128", "127"], told: "x", tell: text },
  whole: { type: "INTEGER", texts: ["0", "-2147483648", "2147483647"], told: "x", tell: text },
  big: { type: "BIGINT", texts: ["0", "-9223372036854775808", "9007199254740993"], told: "x", tell: text },
  unsigned: { type: "UBIGINT", texts: ["0", "18446744073709551615"], told: "x", tell: text },
  unsigned32: { type: "UINTEGER", texts: ["4294967295", "2147483648"], told: "x", tell: text },
  small: { type: "DECIMAL(4,1)", texts: ["0", "-999.9", "0.1"], told: "x", tell: text },
  price: { type: "DECIMAL(9,2)", texts: ["0", "-0.01", "1234567.89"], told: "x", tell: text },
  wide: { type: "DECIMAL(18,6)", texts: ["0.000001", "-123456789012.123456"], told: "x", tell: text },
  wider: {
    type: "DECIMAL(38,20)",
    texts: ["-0.00000000000000000001", "123456789012345678.12345678901234567890"],
    told: "x",
    tell: text,
  },
  double: {
    type: "DOUBLE",
    texts: ["0", "-0.0", "1e308", "5e-324", "0.1", "nan", "inf", "-inf"],
    told: "printf('%.17g', x)",
    tell: (value: number) => printed(value),
  },
  single: {
    type: "FLOAT",
    texts: ["0.1", "3.4e38", "1e-45", "nan"],
    told: "printf('%.17g', x::DOUBLE)",
    tell: (value: number) => printed(value),
  },
  flag: { type: "BOOLEAN", texts: ["true", "false"], told: "x", tell: text },
  name: { type: "VARCHAR", texts: ["", "é漢🚲", "a\nb\t\\", "'", "\u2028", "x".repeat(500)], told: "x", tell: text },
  data: {
    type: "BLOB",
    texts: ["", "\\x00\\xFF", "abc"],
    told: "hex(x)",
    tell: (value: Uint8Array) => Buffer.from(value).toString("hex").toUpperCase(),
  },
  day: { type: "DATE", texts: ["1970-01-01", "0001-01-01", "9999-12-31", "2024-02-29"], told: "x", tell: text },
  clock: {
    type: "TIME",
    texts: ["00:00:00", "23:59:59.999999", "12:00:00.5"],
    told: "strftime(DATE '2000-01-01' + x, '%H:%M:%S.%f')",
    tell: text,
  },
  local: { type: "TIMESTAMP", texts: moments, told: "epoch_us(x)", tell: since1970(6) },
  millis: { type: "TIMESTAMP_MS", texts: moments, told: "epoch_ms(x)", tell: since1970(3) },
  nanos: { type: "TIMESTAMP_NS", texts: moments.slice(0, 3), told: "epoch_ns(x)", tell: since1970(9) },
  moment: { type: "TIMESTAMPTZ", texts: moments.map((one) => `${one}+00`), told: "epoch_us(x)", tell: since1970(6) },
  ref: {
    type: "UUID",
    texts: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"],
    told: "x",
    tell: text,
  },
  mood: { type: "ENUM('ok', 'ü')", texts: ["ok", "ü"], told: "x", tell: text },
  list: { type: "INTEGER[]", texts: ["[]", "[1, NULL, 3]", "[NULL]"], told: "to_json(x)", tell: json },
  lists: { type: "VARCHAR[][]", texts: ["[[a], [], NULL, [b, NULL]]", "[]"], told: "to_json(x)", tell: json },
  struct: {
    type: "STRUCT(a BIGINT, b VARCHAR)",
    texts: ["{'a': 9007199254740993, 'b': é}", "{'a': NULL, 'b': NULL}"],
    told: "to_json(x)",
    tell: json,
  },
  structs: {
    type: "STRUCT(a INTEGER, b INTEGER[])[]",
    texts: ["[{'a': 1, 'b': [2]}, NULL, {'a': NULL, 'b': NULL}]", "[]"],
    told: "to_json(x)",
    tell: json,
  },
  map: { type: "MAP(VARCHAR, INTEGER)", texts: ["{a=1, b=NULL}", "{}"], told: "to_json(x)", tell: json },
};

function printed(value: number): string {
  if (!Number.isFinite(value)) return String(value).toLowerCase().replace("infinity", "inf");
  return String(value);
}

/** Whether what was read is what DuckDB told. */
export function expectTold({ type, tell }: DuckColumn, value: unknown, told: string | null): void {
  if (value === null || told === null) {
    expect(value, type).toBe(told);
    return;
  }
  const number = (type === "DOUBLE" || type === "FLOAT") && /\d/.test(told);
  // DuckDB keeps 0 and -0 as one value.
  if (number) expect((value as number) + 0, type).toBe(Number(told) + 0);
  else expect(tell(value), type).toBe(told);
}

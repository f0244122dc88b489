import * as pg from "drizzle-orm/pg-core";
import fc from "fast-check";
import * as values from "./values.ts";

const { oneof } = fc;
const bytea = pg.customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });
export const mood = pg.pgEnum("mood", ["ok", "not 'ok'", "ü"]);

/** A column type of drizzle's, and values to try in it: such as it takes and such as it does not. */
interface Kind {
  readonly column: () => pg.PgColumnBuilderBase;
  readonly values: fc.Arbitrary<unknown>;
}

const { number, bigInteger, decimalText, anyText, json, moment, momentText, dateText, timeText } = values;
const textOf = (more: fc.Arbitrary<string>) => oneof({ weight: 5, arbitrary: more }, { weight: 1, arbitrary: anyText });
const wholes = oneof(number, fc.integer(), textOf(decimalText));

/** Every column type that drizzle has for PostgreSQL itself, by the name of the column that is made of it. */
export const kinds: Readonly<Record<string, Kind>> = {
  smallint: { column: () => pg.smallint(), values: oneof(wholes, fc.integer({ min: -32768, max: 32767 })) },
  integer: { column: () => pg.integer(), values: wholes },
  bigint_number: { column: () => pg.bigint({ mode: "number" }), values: oneof(wholes, bigInteger) },
  bigint_bigint: { column: () => pg.bigint({ mode: "bigint" }), values: oneof(bigInteger, wholes) },
  smallserial: { column: () => pg.smallserial(), values: wholes },
  serial: { column: () => pg.serial(), values: wholes },
  bigserial: { column: () => pg.bigserial({ mode: "bigint" }), values: oneof(bigInteger, wholes) },
  boolean: {
    column: () => pg.boolean(),
    values: oneof(fc.boolean(), fc.constantFrom("t", "off", "TRUE", "x", "", 1, 0, "1")),
  },
  text: { column: () => pg.text(), values: anyText },
  varchar: { column: () => pg.varchar({ length: 5 }), values: anyText },
  varchar_any: { column: () => pg.varchar(), values: anyText },
  char: { column: () => pg.char({ length: 4 }), values: anyText },
  numeric: { column: () => pg.numeric(), values: oneof(textOf(decimalText), number, bigInteger) },
  numeric_number: { column: () => pg.numeric({ mode: "number" }), values: oneof(number, textOf(decimalText)) },
  numeric_bigint: { column: () => pg.numeric({ mode: "bigint" }), values: oneof(bigInteger, textOf(decimalText)) },
  numeric_scaled: { column: () => pg.numeric({ precision: 12, scale: 3 }), values: oneof(textOf(decimalText), number) },
  real: { column: () => pg.real(), values: oneof(number, textOf(decimalText)) },
  double: { column: () => pg.doublePrecision(), values: oneof(number, textOf(decimalText)) },
  json: { column: () => pg.json(), values: json },
  jsonb: { column: () => pg.jsonb(), values: json },
  time: { column: () => pg.time(), values: textOf(timeText) },
  time_zone: { column: () => pg.time({ withTimezone: true, precision: 3 }), values: textOf(timeText) },
  timestamp_string: { column: () => pg.timestamp({ mode: "string" }), values: textOf(momentText) },
  timestamp_date: { column: () => pg.timestamp({ mode: "date", precision: 6 }), values: oneof(moment, momentText) },
  timestamptz_string: {
    column: () => pg.timestamp({ mode: "string", withTimezone: true }),
    values: textOf(momentText),
  },
  timestamptz_date: {
    column: () => pg.timestamp({ mode: "date", withTimezone: true, precision: 2 }),
    values: oneof(moment, momentText),
  },
  date_string: { column: () => pg.date({ mode: "string" }), values: textOf(oneof(dateText, momentText)) },
  date_date: { column: () => pg.date({ mode: "date" }), values: oneof(moment, dateText) },
  interval: { column: () => pg.interval(), values: textOf(values.intervalText) },
  interval_fields: {
    column: () => pg.interval({ fields: "day to second", precision: 2 }),
    values: textOf(values.intervalText),
  },
  point_tuple: { column: () => pg.point({ mode: "tuple" }), values: fc.tuple(number, number) },
  point_xy: {
    column: () => pg.point({ mode: "xy" }),
    values: fc.record({ x: number, y: number }, { noNullPrototype: true }),
  },
  line_tuple: { column: () => pg.line({ mode: "tuple" }), values: fc.tuple(number, number, number) },
  line_abc: {
    column: () => pg.line({ mode: "abc" }),
    values: fc.record({ a: number, b: number, c: number }, { noNullPrototype: true }),
  },
  mood: { column: () => mood(), values: textOf(fc.constantFrom("ok", "not 'ok'", "ü", "OK")) },
  uuid: {
    column: () => pg.uuid(),
    values: textOf(
      oneof(
        fc.uuid(),
        fc.uuid().map((one) => `{${one.toUpperCase()}}`),
      ),
    ),
  },
  inet: { column: () => pg.inet(), values: textOf(values.addressText) },
  cidr: { column: () => pg.cidr(), values: textOf(values.addressText) },
  macaddr: { column: () => pg.macaddr(), values: textOf(values.macText(6)) },
  macaddr8: { column: () => pg.macaddr8(), values: textOf(oneof(values.macText(8), values.macText(6))) },
  bytea: {
    column: () => bytea(),
    values: oneof(
      values.bytes,
      values.bytes.map((one) => `\\x${one.toString("hex")}`),
    ),
  },
  text_list: {
    column: () => pg.text().array(),
    values: oneof(values.listOf(anyText), fc.constantFrom('{a,NULL,"x y"}', "{", "")),
  },
  text_grid: { column: () => pg.text().array().array(), values: values.gridOf(anyText) },
  integer_list: { column: () => pg.integer().array(), values: values.listOf(oneof(fc.integer(), number)) },
  numeric_list: { column: () => pg.numeric().array(), values: values.listOf(decimalText) },
  bigint_list: { column: () => pg.bigint({ mode: "bigint" }).array(), values: values.listOf(bigInteger) },
  boolean_list: { column: () => pg.boolean().array(), values: values.listOf(fc.boolean()) },
  double_list: { column: () => pg.doublePrecision().array(), values: values.listOf(number) },
  moment_list: {
    column: () => pg.timestamp({ mode: "date", withTimezone: true }).array(),
    values: values.listOf(moment),
  },
  jsonb_list: { column: () => pg.jsonb().array(), values: values.listOf(json.filter((value) => value !== null)) },
  uuid_list: { column: () => pg.uuid().array(), values: values.listOf(fc.uuid()) },
  mood_list: { column: () => mood().array(), values: values.listOf(fc.constantFrom("ok", "not 'ok'", "ü")) },
};

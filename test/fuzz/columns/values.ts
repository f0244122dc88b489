import fc from "fast-check";
import { anyText, text } from "../texts.ts";

const { constantFrom, oneof } = fc;

/** Numbers at which types end, and beyond. */
export const number: fc.Arbitrary<number> = oneof(
  fc.integer(),
  fc.double(),
  constantFrom(
    0,
    -0,
    1.5,
    32767,
    32768,
    -32769,
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    1e21,
    1e-7,
    5e-324,
    1.7976931348623157e308,
    NaN,
    Infinity,
    -Infinity,
  ),
);
export const bigInteger: fc.Arbitrary<bigint> = oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 63n) - 2n, max: 2n ** 63n + 1n }),
  constantFrom(0n, 2n ** 53n + 1n),
);

const digits = fc.stringMatching(/^[-+]?\d{1,60}(\.\d{0,60})?$/);
export const decimalText: fc.Arbitrary<string> = oneof(
  digits,
  fc.stringMatching(/^-?\d{0,3}\.?\d{1,3}[eE][-+]?\d{1,3}$/),
  constantFrom("NaN", "Infinity", "-inf", " 1 ", "1_000", "0x1F", "1e131072", "1e-16384", "", ".", "--1", "１"),
);

const pad = (value: number, width: number) => String(value).padStart(width, "0");
const dayText = fc
  .tuple(
    oneof(fc.integer({ min: 1, max: 9999 }), constantFrom(0, 4713, 4714, 10_000, 294_276, 294_277, 5_874_897)),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
  )
  .map(([year, month, day]) => `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`);
const clock = oneof(
  fc.stringMatching(/^[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?$/),
  constantFrom("24:00:00", "23:59:60", "00:00", "12", "23:59:59.9999999"),
);
const zone = constantFrom(
  "",
  "Z",
  "+00",
  "-05:30",
  "+15:59",
  "+16:00",
  " Europe/Berlin",
  " America/St_Johns",
  "+01:02:03",
);
const era = constantFrom("", "", "", " BC", " AD");
const named = constantFrom("infinity", "-infinity", "epoch", "2024-02-30", "Jan 5 2024", "");
export const timeText: fc.Arbitrary<string> = oneof(
  fc.tuple(clock, zone).map((parts) => parts.join("")),
  constantFrom("", "allballs"),
);
export const dateText: fc.Arbitrary<string> = oneof(
  fc.tuple(dayText, era).map((parts) => parts.join("")),
  named,
);
export const momentText: fc.Arbitrary<string> = oneof(
  fc.tuple(dayText, constantFrom(" ", "T"), clock, zone, era).map((parts) => parts.join("")),
  named,
);
export const moment: fc.Arbitrary<Date> = oneof(
  fc.date({ noInvalidDate: false }),
  constantFrom(new Date(NaN)),
  fc.date({ min: new Date("-000050-01-01T00:00:00Z"), max: new Date("+010010-01-01T00:00:00Z"), noInvalidDate: true }),
);
export const intervalText: fc.Arbitrary<string> = oneof(
  fc.stringMatching(
    /^-?\d{1,4} (years?|mons?|days?|hours?|seconds?|weeks)( -?\d{1,3} (min|sec|millisecond)s?)?( ago)?$/,
  ),
  fc.stringMatching(/^P\d{1,3}Y\d{1,2}M\d{1,3}DT\d{1,2}H\d{1,2}M\d{1,2}(\.\d{1,6})?S$/),
  constantFrom("infinity", "-infinity", "1-2", "3 4:05:06.789", "178000000 years", "200000000 years", "", "0"),
);

const octet = oneof(fc.integer({ min: 0, max: 255 }), constantFrom(256));
export const addressText: fc.Arbitrary<string> = oneof(
  fc
    .tuple(
      octet,
      octet,
      octet,
      octet,
      oneof(
        constantFrom(""),
        fc.integer({ min: 0, max: 33 }).map((bits) => `/${bits}`),
      ),
    )
    .map(([a, b, c, d, bits]) => `${a}.${b}.${c}.${d}${bits}`),
  fc
    .tuple(
      fc.ipV6(),
      oneof(
        constantFrom(""),
        fc.integer({ min: 0, max: 129 }).map((bits) => `/${bits}`),
      ),
    )
    .map((parts) => parts.join("")),
  constantFrom("10.1/16", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3", ""),
);
const hexPair = fc.stringMatching(/^[\da-fA-F]{2}$/);
export const macText = (pairs: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(hexPair, { minLength: pairs, maxLength: pairs }), constantFrom(":", "-", ""))
    .map(([all, by]) => all.join(by));

/** JSON has a text for all of them, though PostgreSQL may not take it. */
export const json: fc.Arbitrary<unknown> = oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
  fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true }),
  constantFrom<unknown>(
    "\0",
    { "\0": 1 },
    ["\ud800"],
    "\\u0000",
    1e308,
    -0,
    { a: undefined },
    [[[]]],
    "a\\b\t\n",
    true,
  ),
);
export const listOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<(Value | null)[]> =>
  fc.array(fc.option(value, { freq: 5 }), { maxLength: 4 });
/** All rows of it have the same length, mostly. */
export const gridOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<(Value | null)[][]> =>
  fc
    .integer({ min: 1, max: 3 })
    .chain((width) => fc.array(fc.array(fc.option(value), { minLength: width, maxLength: width }), { maxLength: 3 }));
export const bytes: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 20 }).map((all) => Buffer.from(all));
export { anyText };

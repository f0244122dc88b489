import fc from "fast-check";

/** A JSON value as somebody wrote it: numbers are their text, so that no digit is lost. */
export type Written =
  | { readonly is: "number"; readonly token: string }
  | { readonly is: "text"; readonly text: string; readonly escaped: number }
  | { readonly is: "word"; readonly value: boolean | null }
  | { readonly is: "list"; readonly items: readonly Written[] }
  | { readonly is: "object"; readonly fields: readonly (readonly [string, Written])[] };

const token = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,30})?([eE][-+]?\d{1,3})?$/),
  fc.constantFrom(
    "0",
    "-0",
    "1.0",
    "9007199254740993",
    "-9223372036854775808",
    "18446744073709551615",
    "0.1",
    "1e2",
    "1E400",
    "1e-400",
    "0.10",
    "123456789012345.678",
  ),
);
const string = fc.string({
  unit: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom("a", '"', "\\", "/", "\n", "\0", "é", "🚲", "\ud800", "\udc00", "\u2028", "\x7f", "1"),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 8,
});
const text = fc.record({ is: fc.constant("text" as const), text: string, escaped: fc.nat(3) });
export const leaf: fc.Arbitrary<Written> = fc.oneof(
  token.map((one): Written => ({ is: "number", token: one })),
  text,
  fc.constantFrom(true, false, null).map((value): Written => ({ is: "word", value })),
);
// A record's fields are columns: their names come once, and none is `__proto__`.
const name = fc
  .string({ unit: fc.constantFrom("a", "b", "é", '"', "0", " ", "__", "proto"), maxLength: 5 })
  .filter((one) => one !== "__proto__");
export const { value }: { readonly value: fc.Arbitrary<Written> } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 3 }).map((items): Written => ({ is: "list", items })),
    fieldsOf(tie("value")),
  ),
}));

function fieldsOf(inner: fc.Arbitrary<Written>): fc.Arbitrary<Written & { is: "object" }> {
  return fc
    .uniqueArray(fc.tuple(name, inner), { selector: ([key]) => key, maxLength: 4 })
    .map((fields) => ({ is: "object", fields }));
}

export const record: fc.Arbitrary<Written & { is: "object" }> = fieldsOf(value);

/** As JSON, spaced as `space` has it. */
export function writeJson(written: Written, space: string): string {
  switch (written.is) {
    case "number":
      return written.token;
    case "word":
      return String(written.value);
    case "text":
      return writeText(written.text, written.escaped);
    case "list":
      return `[${space}${written.items.map((item) => writeJson(item, space)).join(`${space},`)}${space}]`;
    case "object":
      return `{${space}${written.fields.map(([key, inner]) => `${writeText(key, 0)}${space}:${writeJson(inner, space)}`).join(`,${space}`)}${space}}`;
  }
}

/** Every so many characters as a \u escape; halves of surrogate pairs, which UTF-8 has not, always. */
function writeText(content: string, escaped: number): string {
  const unit = (code: number) => `\\u${code.toString(16).padStart(4, "0")}`;
  const characters = Array.from(content, (character, index) => {
    if (!character.isWellFormed() || (escaped > 0 && index % escaped === 0))
      return Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join("");
    return JSON.stringify(character).slice(1, -1);
  });
  return `"${characters.join("")}"`;
}

/** The same for all ways to write a number: what it is, exactly. */
export function exactly(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  return significant === ""
    ? "0"
    : `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

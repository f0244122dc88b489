import fc from "fast-check";

/** Text that PostgreSQL can hold: no U+0000, no half of a surrogate pair; what programs trip over comes often. */
export const text: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.string({ unit: "binary", maxLength: 12 }).map((any) => any.toWellFormed().replaceAll("\0", "")),
  },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom(
        ",",
        ";",
        '"',
        "'",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\b",
        "\v",
        "a",
        " ",
        "\\",
        "\\.",
        "\\N",
        "{",
        "}",
        "\uFEFF",
        "é",
        "🚲",
        "%",
        "$1",
      ),
      maxLength: 8,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "NULL",
      "null",
      "\\N",
      "\\.",
      "{}",
      "NaN",
      "\x7f",
      "\x01\x1f",
      "\u2028",
      "a".repeat(3000),
    ),
  },
);

/** Any at all. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  text,
  fc.string({ unit: fc.constantFrom("\0", "\ud800", "\udfff", "a", "🚲", '"', "\\u0000"), maxLength: 6 }),
);

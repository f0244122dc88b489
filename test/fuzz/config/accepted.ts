import { defineOperator, MillraceError } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import fc from "fast-check";
import { expect } from "vitest";
import { z } from "zod";
import { holds, type FuzzProperty } from "../property.ts";

const fields: readonly (() => z.ZodType)[] = [
  () => z.string(),
  () => z.string().min(2).optional(),
  () => z.number().int().default(7),
  () => z.coerce.number(),
  () => z.boolean().nullable(),
  () => z.enum(["a", "b"]),
  () => z.array(z.string()).max(2),
  () => z.record(z.string(), z.number()),
  () => z.object({ inner: z.string(), deep: z.object({ n: z.number() }).optional() }),
  () => z.union([z.string(), z.object({ path: z.string() })]),
  () =>
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("x"), n: z.number() }),
      z.object({ kind: z.literal("y") }),
    ]),
  () => z.literal(3),
  () => z.iso.date(),
];
const name = fc.constantFrom("a", "b", "dataDir", "constructor", "é", "with space");
const schema = fc.uniqueArray(fc.tuple(name, fc.nat(fields.length - 1)), { selector: ([key]) => key, maxLength: 3 });
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    "a",
    "ab",
    3,
    7,
    null,
    [],
    {},
    { inner: "x" },
    { kind: "x", n: 1 },
    { kind: "y" },
    { path: "p" },
    "2024-01-01",
    "2024-02-30",
    JSON.parse('{"__proto__":{"n":1}}'),
  ),
);
const config = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom("__proto__", "toString", "extra", ""), value, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  },
);

export const configs: FuzzProperty = {
  name: "config: any JSON is what an operator's schema makes of it, or CONFIG_INVALID",
  cases: 60,
  async open(place) {
    const { url } = await place.database();
    return holds(fc.record({ schema, config }), async (given) => {
      const shape = z.object(Object.fromEntries(given.schema.map(([key, index]) => [key, fields[index]!()])));
      let seen: unknown;
      const operator = defineOperator({
        name: "configured",
        config: shape,
        run: async (context) => {
          seen = context.config;
        },
      });
      // As it arrives: parsed, which makes a field of `__proto__`.
      const arrived = JSON.parse(JSON.stringify(given.config)) as Record<string, never>;
      const expected = shape.strict().safeParse(arrived);
      const error = await runOperator(operator, { databaseUrl: url, config: arrived }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (expected.success) {
        expect(error).toBeNull();
        expect(seen).toEqual(expected.data);
        return;
      }
      expect(error).toBeInstanceOf(MillraceError);
      expect((error as MillraceError).code).toBe("CONFIG_INVALID");
      expect((error as MillraceError).message).toContain('operator "configured"');
      expect(seen).toBeUndefined();
    });
  },
};

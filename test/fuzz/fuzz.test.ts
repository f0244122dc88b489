import { afterAll, describe, expect, test } from "vitest";
import { openPlace } from "./place.ts";
import { properties } from "./properties.ts";
import { tryProperty } from "./property.ts";

// What `pnpm test:fuzz` tries for as long as one likes, for a few seconds.
const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const place = await openPlace();
afterAll(() => place[Symbol.asyncDispose]());

describe(`whatever the data (MILLRACE_SEED=${seed})`, () => {
  test.for(properties)("$name", async (property) => {
    const { failure } = await tryProperty(property, { place, seed, cases: property.cases });
    expect(failure).toBeNull();
  });
});

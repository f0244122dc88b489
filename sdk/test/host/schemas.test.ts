import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildSchemas } from "../../src/host/schema/schemas.ts";

const folder = join(import.meta.dirname, "../../schemas");

test("the published JSON Schemas are those of the definitions (else: node sdk/src/host/schema/write-schemas.ts)", () => {
  const built = buildSchemas();
  const published = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  expect(published.toSorted()).toEqual(Object.keys(built).toSorted());
  for (const [name, text] of Object.entries(built)) expect(readFileSync(join(folder, name), "utf8"), name).toBe(text);
});

test("docs/protocol.md names each of them", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol.md"), "utf8");
  for (const name of Object.keys(buildSchemas())) expect(page).toContain(`(../sdk/schemas/${name})`);
});

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../../src");

/** All modules that a file imports at run time, directly or not. */
function modulesOf(file: string, seen = new Set<string>()): Set<string> {
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, clause, from = ""] of text.matchAll(/^(?:import|export) (?:([^;"=]*?) from )?"([^"]+)";/gms)) {
    if (clause?.startsWith("type ")) continue;
    if (!from.startsWith(".")) seen.add(from);
    else if (!seen.has(join(dirname(file), from))) modulesOf(join(dirname(file), from), seen);
  }
  return seen;
}

test("the pipes package loads nothing but its own few files", () => {
  const modules = [...modulesOf(join(source, "host/pipes/index.ts"))].map((file) =>
    file.startsWith("/") ? relative(source, file) : file,
  );
  expect(modules.filter((name) => !name.startsWith("host/pipes/"))).toEqual(["errors/millrace-error.ts"]);
  expect(modules.length).toBeGreaterThan(20);
});

test("what it exports", async () => {
  expect(Object.keys(await import("../../src/host/pipes/index.ts")).toSorted()).toEqual([
    "PipesContext",
    "PipesSession",
    "decodeParam",
    "encodeParam",
    "findParams",
    "metadata",
    "openChunkWriter",
    "openPipes",
  ]);
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { operatorReference } from "./reference.ts";

// `node operators/build/write-reference.ts`: brings docs/operators.md up to date with the schemas.
const path = join(import.meta.dirname, "../../docs/operators.md");
const MARK = "<!-- from here on written by operators/build/write-reference.ts -->";
const [written = ""] = (await readFile(path, "utf8")).split(MARK);
await writeFile(path, `${written}${MARK}\n\n${operatorReference()}`);

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSchemas } from "./schemas.ts";

// `node sdk/src/host/schema/write-schemas.ts`: writes the JSON Schemas of the protocol from their definitions.
const folder = join(import.meta.dirname, "../../../schemas");
rmSync(folder, { recursive: true, force: true });
for (const [name, text] of Object.entries(buildSchemas())) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

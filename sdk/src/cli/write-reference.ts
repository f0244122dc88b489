import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandReference } from "./reference.ts";

// Writes docs/cli.md: `node sdk/src/cli/write-reference.ts`.
await writeFile(join(import.meta.dirname, "../../../docs/cli.md"), commandReference());

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorReference } from "./error-codes/reference.ts";

// Writes docs/errors.md: `node test/check/write-errors.ts`.
await writeFile(join(import.meta.dirname, "../../docs/errors.md"), errorReference());

import { appendFileSync } from "node:fs";
import { findParams } from "@millrace/sdk/pipes";

// Writes the lines in its argument as they are: what a careless implementation would send.
const path = String(findParams()?.messages["path"]);
for (const line of JSON.parse(process.argv[2] ?? "[]") as string[]) appendFileSync(path, line);

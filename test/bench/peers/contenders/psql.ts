import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";

/** psql with a script. */
export async function psql({ folder, url }: Bench, script: string): Promise<Program> {
  const file = join(folder, "script.sql");
  await writeFile(file, script);
  return { command: "psql", args: [url, "-qX", "-v", "ON_ERROR_STOP=1", "-f", file] };
}

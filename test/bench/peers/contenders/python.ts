import { join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";

/** A peer's script in its environment. */
export function python(
  { environment, url, folder }: Bench,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  return {
    command: environment.python,
    args: [join(import.meta.dirname, "../python", script), ...args],
    env: { DATABASE_URL: url, HOME: join(folder, "home"), ...env },
    cwd: folder,
  };
}

import { join } from "node:path";
import type { Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";

/** Sling's program; `source` is a URL of a file, or a table of a connection. */
export function sling({ environment, url, folder }: Bench, args: readonly string[]): Program {
  if (environment.sling === null) throw new Error("no package has Sling's program for this machine");
  return {
    command: environment.sling,
    args: ["run", "--tgt-conn", `${url}?sslmode=disable`, "--tgt-object", "public.orders", ...args],
    env: {
      HOME: join(folder, "home"),
      SLING_DISABLE_TELEMETRY: "true",
      SLING_LOADED_AT_COLUMN: "false",
    },
    cwd: folder,
  };
}

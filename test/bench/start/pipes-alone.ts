import { encodeParam } from "@millrace/sdk/pipes";
import { build } from "esbuild";
import { join } from "node:path";
import { contextOf, type Launch } from "./launch.ts";

/** A program that opens the pipes package and closes it, bundled as an operator is. */
export async function pipesAlone(folder: string): Promise<Launch> {
  const outfile = join(folder, "pipes.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "../pipes/empty.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    external: ["@aws-sdk/client-s3"],
  });
  return {
    command: process.execPath,
    args: [outfile],
    env: {
      DAGSTER_PIPES_CONTEXT: encodeParam({ data: contextOf({}) }),
      DAGSTER_PIPES_MESSAGES: encodeParam({ path: join(folder, "messages") }),
    },
    config: null,
  };
}

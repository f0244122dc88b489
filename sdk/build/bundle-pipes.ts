import { build } from "esbuild";
import { join } from "node:path";

// `@millrace/sdk/pipes` is published as one file: thirty small ones take Node half as long again to load.
const dist = join(import.meta.dirname, "../dist");
await build({
  entryPoints: [join(dist, "host/pipes/index.js")],
  outfile: join(dist, "pipes.js"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  external: ["@aws-sdk/client-s3"],
  sourcemap: true,
});

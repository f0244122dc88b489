#!/usr/bin/env node
// Loaded before anything else, so that an old Node says so instead of failing on syntax.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(`[NODE_VERSION] Millrace needs Node 24 or later; this is ${process.versions.node} at ${process.execPath}.\n`);
  process.exitCode = 1;
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2));
}

export {};

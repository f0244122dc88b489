#!/usr/bin/env node
// Plain JavaScript and built-ins only: taking the types out of a file costs as much as starting Node does.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `[NODE_VERSION] Millrace needs Node 24 or later; this is ${process.versions.node} at ${process.execPath}. Start it by npx or an npm script where the project has the package node; else install Node 24.\n`,
  );
  process.exitCode = 1;
} else {
  // Loaded after that, so that an old Node says so instead of failing on syntax.
  const { current } = await import("./bundle/current.mjs");
  const args = process.argv.slice(2);
  const { run, failure } = await current(args);
  process.exitCode = await (run ? run(args) : (await import("./commands.ts")).run(args, failure));
}

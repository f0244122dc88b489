#!/usr/bin/env node
// `millrace build` copies this to the top of the folder that it makes, as main.mjs, with what it imports. Plain JavaScript
// and built-ins only, like the command's own main.mjs, whose `exec` and `manifest` it has.
const fs = process.getBuiltinModule("node:fs");
const { join } = process.getBuiltinModule("node:path");
const root = import.meta.dirname;

const USAGE = `Usage: node main.mjs <command> [--project DIR]

  exec NAME   run one operator: for the launcher in the environment, else here
              [--partition KEY …] [--config FIELD=VALUE …]
  manifest    print what a scheduler needs to know of the operators, as JSON
  compile     keep compiled code of all operators beside them, so that they start sooner

Paths in configs are from DIR; by default ${root}.
`;

/** @param {readonly string[]} args */
async function main([command, name, ...options]) {
  if (command === "manifest") {
    process.stdout.write(fs.readFileSync(join(root, "manifest.json")));
    return 0;
  }
  /** @type {Readonly<Record<string, import("./record.ts").BuiltOperator>>} */
  const operators = JSON.parse(fs.readFileSync(join(root, "operators.json"), "utf8"));
  if (command === "compile" && name === undefined) return await compile(Object.values(operators));
  if (command !== "exec" || name === undefined) {
    process.stderr.write(USAGE);
    return command === "--help" || command === "-h" ? 0 : 2;
  }
  const found = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (found === undefined) {
    const names = Object.keys(operators).join(", ");
    process.stderr.write(`[OPERATOR_UNKNOWN] There is no operator "${name}" in ${root}. Choose one of ${names}.\n`);
    return 1;
  }
  const { loadBundle } = await import("./load.mjs");
  const run = await loadBundle(join(root, found.file), found.encoding, { root });
  const placed = options.some((option) => /^--project(?:=|$)/.test(option));
  return await run([command, name, ...options, ...(placed ? [] : [`--project=${root}`])]);
}

/** @param {readonly import("./record.ts").BuiltOperator[]} operators */
async function compile(operators) {
  const { loadBundle } = await import("./load.mjs");
  for (const { file, encoding } of operators) {
    try {
      await loadBundle(join(root, file), encoding, { root, compile: true });
    } catch (error) {
      // It may lack what it will have where it is run.
      process.stderr.write(`${file} does not load here: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return 0;
}

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`[NODE_VERSION] This needs Node 24 or later; it is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  process.exitCode = await main(process.argv.slice(2));
}

#!/usr/bin/env node
import { createProject } from "./create-project.mjs";

const asked = parse(process.argv.slice(2));
if (asked.directory === undefined) {
  process.stderr.write("Usage: npm create millrace <directory>\n\nExample:\n  $ npm create millrace my-project\n");
  process.exitCode = 2;
} else {
  try {
    const { name, files } = await createProject({ ...asked, directory: asked.directory });
    process.stdout.write(`${name}: ${files.length} files in ${asked.directory}

  cd ${asked.directory}
  npm install
  npm run dev      # PostgreSQL, the tables, the rows, Dagster with the assets
`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {readonly string[]} args */
function parse(args) {
  const value = (/** @type {string} */ name) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const directory = args.find((arg, index) => !arg.startsWith("--") && !(args[index - 1] ?? "").startsWith("--"));
  return { directory, sdk: value("--sdk"), python: value("--python") };
}

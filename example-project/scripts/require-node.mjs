// Runs a TypeScript program once it is sure that this Node.js can: an older one would only say that it does not know
// the file extension. Plain JavaScript that old versions understand.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const needed = 24;
const [major] = process.versions.node.split(".");
if (Number(major) < needed) {
  process.stderr.write(
    `[NODE_TOO_OLD] This is Node.js ${process.versions.node}, and ${needed} or newer is needed. ` +
      "pnpm installs it with the packages: run `npx -y pnpm@12 install` and see what it says.\n",
  );
  process.exit(1);
}
process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1])).href);

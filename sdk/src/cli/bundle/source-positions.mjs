const fs = process.getBuiltinModule("node:fs");

/**
 * Makes stacks name the sources that a bundle was made of. Costs nothing before a stack is read.
 * @param {string} bundle
 * @param {string} map
 */
export function nameSources(bundle, map) {
  // Kept open: a run may end badly long after its bundle was replaced.
  const file = fs.openSync(map, "r");
  const places = new RegExp(`${RegExp.escape(bundle)}:(\\d+):(\\d+)`, "g");
  /** @type {import("node:module").SourceMap | undefined} */
  let sources;
  /** @type {(line: string, column: string) => string | undefined} */
  const find = (line, column) => {
    const { SourceMap } = process.getBuiltinModule("node:module");
    sources ??= new SourceMap(JSON.parse(fs.readFileSync(file, "utf8")));
    const origin = sources.findOrigin(Number(line), Number(column));
    return "fileName" in origin ? `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}` : undefined;
  };
  Error.prepareStackTrace = (error, sites) => {
    const stack = [title(error), ...sites].join("\n    at ");
    try {
      return stack.replace(places, (place, line, column) => find(line, column) ?? place);
    } catch {
      return stack;
    }
  };
}

/** @param {Error} error */
function title(error) {
  try {
    const { name, message, code } = /** @type {NodeJS.ErrnoException} */ (error);
    // As Node itself writes its own.
    if (typeof code === "string" && code.startsWith("ERR_")) return `${name} [${code}]: ${message}`;
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

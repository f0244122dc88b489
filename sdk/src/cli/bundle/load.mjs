/** @import { Run } from "./record.ts" */
import { nameSources } from "./source-positions.mjs";

const fs = process.getBuiltinModule("node:fs");
const module = process.getBuiltinModule("node:module");
const { join } = process.getBuiltinModule("node:path");
const vm = process.getBuiltinModule("node:vm");

/**
 * Evaluates a bundle. V8's compiled code is kept beside it by the first run that succeeds: unlike Node's own compile
 * cache, which is made before anything has run, it holds the functions that were called.
 * @param {string} path
 * @param {BufferEncoding} encoding
 * @param {{ readonly root?: string, readonly compile?: boolean }} [options] `root`: the folder below which the places of a
 * portable bundle's sources are; `compile`: compiled code is kept at once, of what was called to load it.
 * @returns {Promise<Run>}
 */
export async function loadBundle(path, encoding, { root = "", compile = false } = {}) {
  const compiled = path.replace(/\.cjs$/, ".v8");
  const cachedData = readIfThere(compiled);
  const script = new vm.Script(fs.readFileSync(path, encoding), {
    filename: path,
    ...(cachedData && { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  nameSources(path, `${path}.map`);
  /** @type {{ run?: Run, at: (path: string) => string }} */
  const bundle = { at: (place) => join(root, place) };
  await script.runInThisContext()((/** @type {LazyNames} */ lazy) => requireFrom(path, lazy), bundle);
  if (bundle.run === undefined) throw new Error(`${path} is no bundle`);
  if (compile) keep(compiled, script.createCachedData());
  else if (cachedData === undefined || script.cachedDataRejected) {
    process.once("exit", (code) => {
      if (code === 0) keep(compiled, script.createCachedData());
    });
  }
  return bundle.run;
}

/** @typedef {Readonly<Record<string, readonly string[]>>} LazyNames what is exported by built-ins that are loaded when used */

/**
 * What `require` is to the bundle: built-ins, the expensive ones when something of them is used, and what was left out.
 * @param {string} path
 * @param {LazyNames} lazy
 */
function requireFrom(path, lazy) {
  const others = () => module.createRequire(path);
  /** @type {Map<string, unknown>} */
  const loaded = new Map();
  /** @param {string} specifier */
  const require = (specifier) => {
    const name = specifier.replace(/^node:/, "");
    const names = lazy[name];
    if (names === undefined) return process.getBuiltinModule(specifier) ?? others()(specifier);
    if (!loaded.has(name)) loaded.set(name, whenUsed(name, names));
    return loaded.get(name);
  };
  return Object.assign(require, {
    resolve: (/** @type {string} */ specifier) => others().resolve(specifier),
    cache: {},
  });
}

/**
 * @param {string} name
 * @param {readonly string[]} names
 */
function whenUsed(name, names) {
  /** @returns {any} */
  const builtin = () => process.getBuiltinModule(name);
  const face = name === "assert" ? (/** @type {unknown[]} */ ...args) => builtin()(...args) : {};
  // What pino asks for whenever it is loaded; a bundle always runs in the main thread.
  const known = name === "worker_threads" ? { isMainThread: true } : {};
  for (const key of names) {
    Object.defineProperty(face, key, {
      enumerable: true,
      configurable: true,
      get: () => (key in known ? known[/** @type {"isMainThread"} */ (key)] : builtin()[key]),
      set: (value) => {
        builtin()[key] = value;
      },
    });
  }
  return face;
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return fs.readFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Best effort: without it the next run is slower.
 * @param {string} path
 * @param {Buffer} data
 */
function keep(path, data) {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = fs.openSync(temporary, "wx");
    fs.writeSync(file, data);
    // V8 trusts what it reads: half a file must not be found after a loss of power.
    fs.fsyncSync(file);
    fs.closeSync(file);
    fs.renameSync(temporary, path);
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

// Plain JavaScript and built-ins only, like main.mjs. Built-ins are taken without their ES module faces, which take
// longer to make than they are used here.
/** @import { BundleInput, BundleRecord, Run } from "./record.ts" */
import { loadBundle } from "./load.mjs";

const fs = process.getBuiltinModule("node:fs");
const { join, resolve } = process.getBuiltinModule("node:path");

/**
 * The bundle for `exec NAME`, where there is one and nothing that it was made of has changed. `failure` says why one
 * that is there can not be loaded.
 * @param {readonly string[]} args of the command
 * @returns {Promise<{ run?: Run, failure?: unknown }>}
 */
export async function current(args) {
  const place = bundlePlace(args);
  if (place === undefined) return {};
  const record = readRecord(place);
  if (record?.circumstances !== circumstances(place.project) || !record.inputs.every(isUntouched)) return {};
  return await open(place, record);
}

/** @typedef {{ readonly name: string, readonly project: string, readonly folder: string }} BundlePlace */

/**
 * Where the bundle of what is to be executed has its place; undefined where nothing is, or where it is not to be from a bundle.
 * @param {readonly string[]} args
 * @returns {BundlePlace | undefined}
 */
export function bundlePlace([command, name = "", ...options]) {
  if (command !== "exec" || !/^\w+$/.test(name) || process.env["MILLRACE_BUNDLE"] === "off") return undefined;
  const index = options.findIndex((option) => option === "--project" || option.startsWith("--project="));
  const option = options[index] ?? "--project=.";
  const project = realPath(option === "--project" ? (options[index + 1] ?? ".") : option.slice("--project=".length));
  if (project === undefined) return undefined;
  return { name, project, folder: join(project, ".millrace", "bundles") };
}

/**
 * What else than files a bundle depends on.
 * @param {string} project
 */
export function circumstances(project) {
  return [process.version, process.platform, process.arch, project, import.meta.url].join(" ");
}

/**
 * @param {BundlePlace} place
 * @returns {BundleRecord | undefined}
 */
export function readRecord({ folder, name }) {
  try {
    return JSON.parse(fs.readFileSync(join(folder, `${name}.json`), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {BundlePlace} place
 * @param {BundleRecord} record
 * @returns {Promise<{ run?: Run, failure?: unknown }>}
 */
export async function open({ folder }, record) {
  try {
    return { run: await loadBundle(join(folder, record.file), record.encoding) };
  } catch (failure) {
    // Another process has made a newer one just now and removed this one.
    if (Reflect.get(Object(failure), "code") === "ENOENT" && !fs.existsSync(join(folder, record.file))) return {};
    return { failure };
  }
}

/** @param {BundleInput} input */
function isUntouched([path, bytes, modifiedMs, changedMs]) {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found?.size === bytes && found.mtimeMs === modifiedMs && found.ctimeMs === changedMs;
}

/** @param {string} path */
function realPath(path) {
  try {
    return fs.realpathSync(resolve(path));
  } catch {
    return undefined;
  }
}

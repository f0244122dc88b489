// Plain JavaScript: `npm create` runs it on whatever Node there is; the project brings its own.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const TEMPLATE = fileURLToPath(new URL("template", import.meta.url));

/** @param {import("./create-project.d.mts").CreateProjectOptions} options */
export async function createProject({ directory, sdk, python }) {
  const folder = resolve(directory);
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  if (there.length > 0) throw new Error(`${folder} is not empty; choose another folder`);
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (!/^[a-z]/.test(name)) throw new Error(`${basename(folder)} makes no package name; begin it with a letter`);
  const { version } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
  const values = {
    __NAME__: name,
    __SDK__: sdk ?? version,
    __MODULE_CAPS__: name.replaceAll("-", "_").toUpperCase(),
    __MODULE__: name.replaceAll("-", "_"),
    __PYTHON__: python === undefined ? `millrace[dagster]==${version}` : `millrace[dagster] @ ${python}`,
  };
  const fill = (/** @type {string} */ text) =>
    Object.entries(values).reduce((filled, [key, value]) => filled.replaceAll(key, value), text);
  const files = [];
  for (const entry of (await readdir(TEMPLATE, { recursive: true, withFileTypes: true })).filter((each) =>
    each.isFile(),
  )) {
    const from = join(entry.parentPath ?? entry.path, entry.name);
    // npm leaves files of these names out of a package.
    const file = fill(relative(TEMPLATE, from)).replaceAll("_dot_", ".");
    const to = join(folder, file);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, fill(await readFile(from, "utf8")));
    files.push(file);
  }
  return { name, files: files.toSorted() };
}

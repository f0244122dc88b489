/** The value at `a.b.c` of a JSON value, `""` for itself; undefined where there is none. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const name of names(path)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The same path as a JSON Pointer (RFC 6901): `/a/b/c`. */
export function jsonPointer(path: string): string {
  return names(path)
    .map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

function names(path: string): string[] {
  return path === "" ? [] : path.split(".");
}

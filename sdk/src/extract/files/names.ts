const GLOB = /[*?[\]{}]/;

/** The path has a character that means something in a glob. */
export function hasGlob(path: string): boolean {
  return GLOB.test(path);
}

/** The part of a glob before its first such character, up to a `/`. */
export function globRoot(pattern: string): string {
  const at = pattern.search(GLOB);
  return pattern.slice(0, pattern.lastIndexOf("/", at) + 1);
}

/** Files that are not data, by the custom of those that write directories of files: `.crc`, `_SUCCESS`, `_temporary`. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || name.startsWith("_");
}

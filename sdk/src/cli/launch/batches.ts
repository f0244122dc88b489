/** So many at most in one process: then one that dies takes few with it, and starting costs little. */
const MOST = 16;

/** Keys in batches, in order: several for each of `parallel`, so that none waits long for the last one. */
export function batches(keys: readonly string[], parallel: number): string[][] {
  const size = Math.max(1, Math.min(MOST, Math.ceil(keys.length / parallel / 3)));
  const result: string[][] = [];
  for (let at = 0; at < keys.length; at += size) result.push(keys.slice(at, at + size));
  return result;
}

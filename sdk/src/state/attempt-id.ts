/**
 * An id that no other attempt has: a UUID of version 4. It is no secret, and so not of `node:crypto`, which takes longer to load
 * than an attempt to begin; random numbers, with the time and the process mixed in.
 */
export function attemptId(): string {
  const words = new Uint32Array(4);
  const own = [performance.timeOrigin * 1000, performance.now() * 1e6, process.pid, 0];
  for (let index = 0; index < 4; index += 1) words[index] = Math.random() * 2 ** 32;
  for (let index = 0; index < 4; index += 1) words[index]! ^= own[index]!;
  const bytes = new Uint8Array(words.buffer);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(words.buffer).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

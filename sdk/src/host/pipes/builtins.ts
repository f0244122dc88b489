/**
 * Modules of Node.js, taken without their ES module faces: those cost a process that a scheduler starts for a second
 * of work up to a millisecond each. `zlib`, `util` and others are loaded when they are first asked for.
 */
export const fs: typeof import("node:fs") = process.getBuiltinModule("node:fs");

export function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}

export function inspect(value: unknown): string {
  return process.getBuiltinModule("node:util").inspect(value, { depth: 4 });
}

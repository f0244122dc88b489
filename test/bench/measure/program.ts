import { execa } from "execa";
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a program took from its start to its end, its children included. */
export interface Usage {
  readonly ms: number;
  /** User and system. */
  readonly cpuMs: number;
  /** Of the largest of its processes. */
  readonly peakMb: number;
}

const TIMED_OUT = 124;

/**
 * Runs a program and asks the operating system what it took; null where it took longer than the limit and was ended. Raises
 * an Error with the end of what it said where it failed.
 */
export async function measureProgram(
  { command, args, env = {}, cwd }: Program,
  { python, limitSeconds }: { readonly python: string; readonly limitSeconds: number },
): Promise<Usage | null> {
  const report = join(tmpdir(), `millrace-usage-${randomUUID()}.json`);
  const wrapped = [join(import.meta.dirname, "rusage.py"), report, String(limitSeconds), command, ...args];
  const done = await execa(python, wrapped, { env, cwd: cwd ?? tmpdir(), all: true, reject: false });
  if (done.exitCode === TIMED_OUT) return null;
  try {
    if (done.exitCode !== 0)
      throw new Error(`${command} ${args.join(" ")} ended with ${done.exitCode}: ${done.all.trim().slice(-1000)}`);
    return JSON.parse(await readFile(report, "utf8")) as Usage;
  } finally {
    await rm(report, { force: true });
  }
}

import { execFile } from "node:child_process";

/** The operating system's user that a server runs as; null stands for the user of this process. */
export type ServerUser = { readonly uid: number; readonly gid: number; readonly name: string } | null;

export interface RunResult {
  /** The exit code; null when the program could not be started or was killed. */
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a program to its end as `user` and returns what it printed; never throws. */
export async function runAs(user: ServerUser, file: string, args: readonly string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(file, args, { ...identity(user), env: serverEnvironment(), cwd: "/" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      resolve({ code, output: stdout + stderr || (error?.message ?? "") });
    });
  });
}

/** The part of a spawn's options that makes it run as `user`. */
export function identity(user: ServerUser): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}

/** Our environment without what would configure PostgreSQL behind our back, and with messages in English. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

import { execa } from "execa";
import { join } from "node:path";
import { ends, MB, notGrown, type Verdict } from "./verdicts.ts";

interface Held {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  readonly handles: number;
  readonly resources: number;
  readonly listeners: number;
  readonly runs: number;
}

export interface LongLived {
  /** Ends it, and says what it held at its start and at its end; the first rounds, in which code is compiled, do not count. */
  end(): Promise<{ readonly runs: number; readonly verdicts: readonly Verdict[] }>;
}

/** Starts the process that runs operators again and again. */
export function startLongLived({
  databaseUrl,
  folder,
}: {
  readonly databaseUrl: string;
  readonly folder: string;
}): LongLived {
  const child = execa(process.execPath, ["--expose-gc", join(import.meta.dirname, "long-lived.ts")], {
    env: { DATABASE_URL: databaseUrl, MILLRACE_SOAK_FILES: folder },
    stdin: "pipe",
    reject: false,
    lines: true,
  });
  return {
    async end() {
      child.stdin.end();
      const { exitCode, stdout, stderr } = await child;
      if (exitCode !== 0) throw new Error(`the process that lives long ended with ${exitCode}: ${stderr.join("\n")}`);
      const held = stdout.map((line) => JSON.parse(line) as Held);
      const warm = held.slice(Math.max(5, Math.floor(held.length / 5)));
      const of = (key: keyof Held) => ends(warm.map((one) => one[key]));
      return {
        runs: held.at(-1)?.runs ?? 0,
        verdicts: [
          notGrown("one process: heap after gc", of("heap"), { share: 0.05, more: 2 * 1024 * 1024, unit: MB }),
          notGrown("one process: memory outside of the heap", of("external"), {
            share: 0.1,
            more: 4 * 1024 * 1024,
            unit: MB,
          }),
          notGrown("one process: resident memory", of("rss"), { share: 0.2, more: 20 * 1024 * 1024, unit: MB }),
          notGrown("one process: open files", of("handles"), { more: 1 }),
          notGrown("one process: active resources", of("resources"), { more: 1 }),
          notGrown("one process: listeners of the process", of("listeners")),
        ],
      };
    },
  };
}

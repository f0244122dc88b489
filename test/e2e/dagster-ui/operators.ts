import { execa } from "execa";

export interface RunningOperator {
  readonly pid: number;
  /** Its parent, the parent of that, and so on. */
  readonly ancestors: readonly number[];
}

/** The operators of a project that are at work. */
export async function runningOperators(folder: string): Promise<RunningOperator[]> {
  const { stdout } = await execa("ps", ["-eo", "pid=,ppid=,args="]);
  const processes = new Map(
    stdout.split("\n").map((line) => {
      const [, pid, parent, args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return [Number(pid), { parent: Number(parent), args }] as const;
    }),
  );
  return [...processes]
    .filter(([, { args }]) => args.includes(" exec ") && args.includes(folder))
    .map(([pid]) => {
      const ancestors: number[] = [];
      for (let at = processes.get(pid)?.parent; at !== undefined && at > 1; at = processes.get(at)?.parent)
        ancestors.push(at);
      return { pid, ancestors };
    });
}

import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { runAs } from "./run-as.ts";

// Linux is read from /proc, since images such as Debian's slim ones come without `ps`.
const linux = process.platform === "linux";

/** Whether `pid` is a running PostgreSQL program: not gone, not a zombie, not another program with a reused pid. */
export async function isPostgresProcess(pid: number): Promise<boolean> {
  const command = linux
    ? (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0")[0]
    : (await runAs(null, "ps", ["-o", "command=", "-p", String(pid)])).output.trim().split(/[: ]/)[0];
  return command !== undefined && basename(command).startsWith("postgres");
}

/** Whether there is a process with this pid, of whichever user. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The pids of the processes that `pid` started. */
export async function childrenOf(pid: number): Promise<number[]> {
  const table = linux ? await linuxTable() : await psTable();
  return table.filter(([, parent]) => parent === pid).map(([child]) => child);
}

type Row = readonly [pid: number, parent: number];

async function linuxTable(): Promise<Row[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid): Promise<Row> => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      // "pid (any name) state parent …": the name itself may hold spaces and brackets.
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])];
    }),
  );
}

async function psTable(): Promise<Row[]> {
  const { output } = await runAs(null, "ps", ["-A", "-o", "pid=,ppid="]);
  return output
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as unknown as Row);
}

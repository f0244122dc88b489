import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, isPostgresProcess } from "./process-table.ts";

/** What a running server notes about itself in `postmaster.pid` of its data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** `ready` when it takes connections; `starting`, `stopping`; empty in its first moments. */
  readonly status: string;
}

/** Reads the note of the server that runs on this data directory; null when none does, whatever an old note says. */
export async function runningPostmaster(dataDirectory: string): Promise<Postmaster | null> {
  const text = await readFile(fileIn(dataDirectory), "utf8").catch(() => null);
  if (text === null) return null;
  const [pid, , , port, , , , status = ""] = text.split("\n");
  if (!(await isPostgresProcess(Number(pid)))) return null;
  return { pid: Number(pid), port: Number(port), status: status.trim() };
}

/**
 * Removes the note of a server that was killed, where its pid is in use again by another program, as after a reboot:
 * PostgreSQL takes that program for a server and refuses. All other old notes it removes by itself.
 */
export async function removeMisleadingNote(dataDirectory: string): Promise<void> {
  const pid = Number((await readFile(fileIn(dataDirectory), "utf8").catch(() => "")).split("\n")[0]);
  if (pid > 0 && isAlive(pid) && !(await isPostgresProcess(pid))) await rm(fileIn(dataDirectory), { force: true });
}

function fileIn(dataDirectory: string): string {
  return join(dataDirectory, "postmaster.pid");
}

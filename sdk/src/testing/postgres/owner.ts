import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterLocation } from "./location.ts";
import { isAlive } from "./process-table.ts";

/**
 * Decides whether this process is to stop the server: it started it, or it found it left behind by a process that is
 * gone (killed, or its terminal closed).
 */
export async function claimServer(location: ClusterLocation, adopted: boolean): Promise<boolean> {
  const note = join(location.directory, "owner.pid");
  if (adopted) {
    const owner = Number(await readFile(note, "utf8").catch(() => ""));
    if (owner > 0 && isAlive(owner)) return false;
  }
  await writeFile(note, `${process.pid}\n`);
  return true;
}

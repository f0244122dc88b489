import { execa } from "execa";
import { chmod, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small disk in memory that can be filled. */
export interface Disk extends AsyncDisposable {
  readonly folder: string;
  /** Takes all room that there is; gives it back when the function that it returns is called. */
  fill(): Promise<() => Promise<void>>;
}

/** Mounts one; null where that is not allowed. */
export async function mountDisk(megabytes: number): Promise<Disk | null> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-disk-"));
  const { exitCode } = await execa("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], {
    reject: false,
  });
  if (exitCode !== 0) {
    await rm(folder, { recursive: true });
    return null;
  }
  await chmod(folder, 0o755);
  const ballast = join(folder, "ballast");
  return {
    folder,
    async fill() {
      // Once more for what was freed meanwhile.
      for (let tries = 0; tries < 3; tries += 1) {
        const left = await room(folder);
        if (left === 0) break;
        const size = (await execa("stat", ["-c", "%s", ballast], { reject: false })).stdout || "0";
        await execa("fallocate", ["-l", String(Number(size) + left), ballast], { reject: false });
      }
      return async () => await rm(ballast, { force: true });
    },
    async [Symbol.asyncDispose]() {
      await execa("umount", ["-l", folder], { reject: false });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function room(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

import { fileCheckpointStore } from "@millrace/sdk";
import { execa } from "execa";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { randomFrom } from "../../random.ts";
import { Failure } from "../sequence/failure.ts";
import type { Tally } from "../sequence/tally.ts";
import { mountDisk, type Disk } from "../world/disk.ts";
import { PATIENCE_MS } from "../world/limits.ts";
import { KEYS, valueOf } from "./value.ts";

/** What befalls checkpoints in files, as the table at the end says it. */
export const checkpointFileFaults = [
  { name: "files", title: "disk of the checkpoint files full for a while" },
  { name: "files-kill", title: "process killed while the disk of its checkpoint files is full" },
] as const;

const DISK_MB = 1;

export interface FullDiskOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly tally: Tally;
  readonly signal?: AbortSignal;
}

/**
 * Lets processes set checkpoints on a small disk that is filled meanwhile, and holds what can be read then and afterwards to
 * what they were told. Raises Failure where a checkpoint is lost. Returns false where no disk may be mounted.
 */
export async function fillCheckpointDisk({ seed, rounds, tally, signal }: FullDiskOptions): Promise<boolean> {
  await using disk = await mountDisk(DISK_MB);
  if (disk === null) return false;
  const random = randomFrom(seed);
  const checkpoints = new Checkpoints(join(disk.folder, "checkpoints"));
  for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
    const killed = random() < 0.4;
    const fault = killed ? "files-kill" : "files";
    try {
      await checkpoints.round(disk, { killed, settleMs: random() * 20 });
      tally.add(fault, { survived: true });
    } catch (error) {
      tally.add(fault, { survived: false, lost: 1 });
      throw new Failure(`round ${round} of seed ${seed}: ${String(error)}`, { fault, lost: 1 });
    }
  }
  return true;
}

class Checkpoints {
  readonly #directory: string;
  /** By partition: what was set last, and what was begun after it. */
  readonly #set = new Map<string, number>();
  readonly #begun = new Map<string, number>();
  #next = 1;
  #rounds = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async round(
    disk: Disk,
    { killed, settleMs }: { readonly killed: boolean; readonly settleMs: number },
  ): Promise<void> {
    this.#rounds += 1;
    const writer = execa(
      process.execPath,
      [join(import.meta.dirname, "writer.ts"), this.#directory, String(this.#next)],
      {
        stdin: "ignore",
        buffer: false,
        reject: false,
      },
    );
    let failures = 0;
    let sets = 0;
    const problems: string[] = [];
    const reading = (async () => {
      for await (const line of writer.iterable({ from: "stdout" })) {
        const [what, number, ...why] = line.split(" ");
        const { partition } = KEYS[Number(number) % KEYS.length]!;
        this.#next = Number(number) + 1;
        if (what === "begin") this.#begun.set(partition, Number(number));
        if (what === "set") {
          this.#set.set(partition, Number(number));
          sets += 1;
        }
        if (what !== "failed") continue;
        failures += 1;
        this.#begun.delete(partition);
        if (why.join(" ") !== "CHECKPOINT_STORE retryable ENOSPC") problems.push(why.join(" "));
      }
    })();
    try {
      await until("checkpoints", () => sets > KEYS.length);
      await delay(settleMs);
      // What is freed while it is filled is taken again.
      let release = await disk.fill();
      await until("a full disk", async () => {
        if (failures === 0) release = await disk.fill();
        return failures >= KEYS.length;
      });
      if (!killed) {
        await release();
        const before = sets;
        await until("checkpoints on a disk with room", () => sets >= before + KEYS.length);
      }
      writer.kill("SIGKILL");
      await writer;
      await reading;
      if (killed) await this.#compare();
      await release();
    } finally {
      writer.kill("SIGKILL");
      await writer;
    }
    if (problems.length > 0) throw new Error(`a full disk was told as ${problems[0]}`);
    await this.#compare();
  }

  /** What can be read is what was set last; of a process that was killed also what it had begun to set. */
  async #compare(): Promise<void> {
    const damages: string[] = [];
    const store = fileCheckpointStore({ directory: this.#directory, onDamage: ({ message }) => damages.push(message) });
    for (const key of KEYS) {
      const { partition } = key;
      const found = (await store.get(key)) as { readonly number: number } | undefined;
      const allowed = [this.#set.get(partition), this.#begun.get(partition)].filter((each) => each !== undefined);
      const right = allowed.some((number) => JSON.stringify(found) === JSON.stringify(valueOf(number)));
      if (!right) throw new Error(`${partition} has ${found?.number ?? "none"}, and not ${allowed.join(" or ")}`);
      this.#set.set(partition, found!.number);
      this.#begun.delete(partition);
    }
    const keys = await store.list();
    if (keys.length !== KEYS.length) throw new Error(`${keys.length} of ${KEYS.length} checkpoints are listed`);
    if (damages.length > 0) throw new Error(damages[0]);
    // A process that is killed may leave the one that it was writing.
    const left = (await readdir(this.#directory)).filter((name) => name.endsWith(".tmp"));
    if (left.length > this.#rounds) throw new Error(`${left.length} temporary files are left`);
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds());) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(5);
  }
}

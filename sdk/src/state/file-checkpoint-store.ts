import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { FatalError, MillraceError, RetryableError } from "../errors/millrace-error.ts";
import type { Json } from "../host/host.ts";
import { decodeCheckpoint, encodeCheckpoint, type CheckpointContent } from "./checkpoint-content.ts";
import type { CheckpointKey, CheckpointStore } from "./checkpoint-store.ts";
import {
  listNames,
  prepareDirectory,
  readGenerations,
  removeGenerations,
  writeGeneration,
} from "./generation-files.ts";

export interface FileCheckpointStoreOptions {
  /** Made when missing. Several processes may share it, where its file system renames atomically. */
  readonly directory: string;
  /** Told when a checkpoint's file is damaged and the one before it is used. Default: a warning of the process. */
  readonly onDamage?: (error: FatalError) => void;
}

/**
 * Checkpoints as JSON files, one for each operator and partition, with the one before it kept beside it. A file is
 * written whole or not at all, whenever a process is killed; one that is damaged all the same is noticed by its checksum
 * and the one before it is used.
 * Raises FatalError CHECKPOINT_DAMAGED, CHECKPOINT_VALUE, CHECKPOINT_STORE (RetryableError where the disk is full or files
 * are short).
 */
export function fileCheckpointStore(options: FileCheckpointStoreOptions): CheckpointStore {
  const directory = resolve(options.directory);
  const onDamage = options.onDamage ?? ((error) => process.emitWarning(error));
  let prepared: Promise<void> | undefined;

  async function read(name: string): Promise<CheckpointContent | undefined> {
    const texts = await readGenerations(directory, name);
    const [current, previous] = [texts.current, texts.previous].map((text) => {
      const content = text === undefined ? undefined : decodeCheckpoint(text);
      return content !== undefined && fileName(content.key) === name ? content : undefined; // else a copy of another one
    });
    if (texts.current === undefined && texts.previous === undefined) return undefined;
    if (current !== undefined) return current;
    if (previous === undefined) throw damaged(directory, name, "nothing can be used of it");
    if (texts.current !== undefined) onDamage(damaged(directory, name, "the one before it is used"));
    return previous;
  }

  async function write(key: CheckpointKey, value: Json | undefined): Promise<void> {
    const name = fileName(key);
    const text = encodeCheckpoint({ key, value });
    await (prepared ??= prepareDirectory(directory).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    }));
    const { current } = await readGenerations(directory, name);
    // A damaged one must not take the place of the good one before it.
    const keepCurrent = current !== undefined && decodeCheckpoint(current) !== undefined;
    await writeGeneration(directory, name, { text, keepCurrent });
  }

  return {
    get: (key) => named(directory, async () => (await read(fileName(key)))?.value),
    set: (key, value) => named(directory, async () => await write(key, value)),
    delete: (key) =>
      named(directory, async () => {
        const name = fileName(key);
        const texts = await readGenerations(directory, name);
        if (texts.current === undefined && texts.previous === undefined) return;
        // First a note of it, so that a death in between brings nothing older back.
        await write(key, undefined);
        await removeGenerations(directory, name);
      }),
    list: ({ operator } = {}) =>
      named(directory, async () => {
        const keys: CheckpointKey[] = [];
        for (const name of await listNames(directory)) {
          if (operator !== undefined && !name.startsWith(`${readable(operator)}.`)) continue;
          const content = await read(name);
          if (content?.value === undefined || (operator !== undefined && content.key.operator !== operator)) continue;
          keys.push(content.key);
        }
        return keys.toSorted((a, b) => compare(a.operator, b.operator) || compare(a.partition, b.partition));
      }),
  };
}

/** Readable as far as any file system can take it; the hash makes it the key's own. */
function fileName({ operator, partition }: CheckpointKey): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([operator, partition]))
    .digest("hex")
    .slice(0, 24);
  return `${readable(operator)}.${readable(partition)}.${hash}`;
}

function readable(text: string): string {
  return text.replaceAll(/[^\w-]+/g, "_").slice(0, 60);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function damaged(directory: string, name: string, consequence: string): FatalError {
  return new FatalError(
    "CHECKPOINT_DAMAGED",
    `The checkpoint in ${join(directory, name)}.json is damaged; ${consequence}`,
    {
      fix: "Restore it from a backup, or delete its files to begin from the start",
    },
  );
}

/** Waiting may help: the disk is full, or there are too many open files. */
const TRANSIENT = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EBUSY", "EAGAIN", "ESTALE"]);

async function named<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const Kind = TRANSIENT.has(code) ? RetryableError : FatalError;
    throw new Kind("CHECKPOINT_STORE", `The checkpoints in ${directory} can not be read or written: ${message}`, {
      fix: "Look at the directory, its permissions and its free space",
      details: { errno: code },
      cause,
    });
  }
}

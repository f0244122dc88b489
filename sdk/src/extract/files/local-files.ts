import type { BigIntStats } from "node:fs";
import { glob, open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { FilePlace, InputFile } from "./input-file.ts";
import { hasGlob, isHidden } from "./names.ts";
import { fileError, fileMissing, fileMoving, noFiles } from "./read-error.ts";

const READ_BYTES = 256 * 1024;

/**
 * A file of this machine, all files at and below a directory, or those that a glob matches; of the latter two hidden
 * ones (`.name`, `_SUCCESS`) are left out.
 */
export function localFiles(path: string): FilePlace {
  return { local: true, list: () => list(path) };
}

async function list(path: string): Promise<readonly InputFile[]> {
  const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && hasGlob(path)) return null; // a name may well look like a glob
    throw fileError(path, error);
  });
  if (found?.isDirectory() === false) return [localFile(path, found)];
  const paths = found === null ? await matches(path) : await below(path);
  if (paths.length === 0) throw noFiles(found === null ? `that matches ${path}` : `in the directory ${path}`);
  return await Promise.all(paths.map(async (one) => localFile(one, await statFile(one))));
}

async function matches(pattern: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of glob(pattern, { withFileTypes: true, exclude: (name) => isHiddenEntry(name) })) {
    if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(join(entry.parentPath, entry.name)))))
      paths.push(join(entry.parentPath, entry.name));
  }
  return paths.toSorted();
}

async function below(directory: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) paths.push(...(await below(path)));
    else if (entry.isFile() || (await isFile(path))) paths.push(path);
  }
  return paths.toSorted();
}

function isHiddenEntry(entry: string | { readonly name: string }): boolean {
  const name = typeof entry === "string" ? entry : entry.name;
  return name !== ".." && name !== "." && isHidden(name);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path)).isFile();
}

async function statFile(path: string): Promise<BigIntStats> {
  return await stat(path, { bigint: true }).catch((error: unknown) => {
    throw fileError(path, error);
  });
}

function localFile(uri: string, stats: BigIntStats): InputFile {
  const version = versionOf(stats);
  return {
    uri,
    version,
    size: Number(stats.size),
    read: (signal) => readAll(uri, { version, size: Number(stats.size), signal }),
    slice: (start, end, signal) => readSlice(uri, { version, start, end, signal }),
  };
}

function versionOf({ size, mtimeNs }: BigIntStats): string {
  return `${size}-${mtimeNs}`;
}

async function* readAll(
  path: string,
  { version, size, signal }: { readonly version: string; readonly size: number; readonly signal: AbortSignal },
): AsyncIterable<Buffer> {
  await using file = await openFile(path, version);
  // Each read takes new memory of this size, however little there is to read.
  const highWaterMark = Math.max(1, Math.min(READ_BYTES, size));
  try {
    yield* file.createReadStream({ signal, highWaterMark, autoClose: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(path, error);
  }
  await checkVersion(file, path, version);
}

async function readSlice(
  path: string,
  range: { readonly version: string; readonly start: number; readonly end: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const { version, start, end, signal } = range;
  signal.throwIfAborted();
  await using file = await openFile(path, version);
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file
      .read(bytes, length, bytes.length - length, start + length)
      .catch((error: unknown) => {
        throw fileError(path, error);
      });
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

async function openFile(path: string, version: string): Promise<FileHandle> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? fileMissing(path, error) : fileError(path, error);
  });
  try {
    await checkVersion(file, path, version);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function checkVersion(file: FileHandle, path: string, version: string): Promise<void> {
  if (versionOf(await file.stat({ bigint: true })) !== version) throw fileMoving(path);
}

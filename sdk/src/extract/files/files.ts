import { createHash } from "node:crypto";
import { FatalError } from "../../errors/millrace-error.ts";
import type { FilePlace, InputFile } from "./input-file.ts";
import { localFiles } from "./local-files.ts";
import { s3Files } from "../s3/s3-files.ts";

/**
 * A file, a directory (all files at and below it), a glob, `s3://bucket/key`, `s3://bucket/prefix/` or a glob
 * there, or several of these. Files are read one after the other: those of a directory or glob by name, several as given.
 */
export type FilePaths = string | readonly string[];

/** Several files as one source. */
export interface Files {
  readonly uri: string;
  readonly local: boolean;
  /** Of all files, as they are now; `current` then has just these. */
  fingerprint(): Promise<string>;
  /** The files of the last fingerprint; without one, those that are there now. */
  current(signal: AbortSignal): Promise<readonly InputFile[]>;
}

export function openFiles(paths: FilePaths): Files {
  const given = typeof paths === "string" ? [paths] : paths;
  if (given.length === 0) {
    throw new FatalError("SOURCE_NOT_FOUND", "The source is an empty list of files", {
      fix: "Name at least one, or a directory",
    });
  }
  const places = given.map((path): FilePlace => (path.startsWith("s3://") ? s3Files(path) : localFiles(path)));
  let listed: readonly InputFile[] | undefined;
  const list = async (signal: AbortSignal) => (listed = await listAll(places, signal));
  return {
    uri: given.length === 1 ? given[0]! : `${given[0]} and ${given.length - 1} more`,
    local: places.every(({ local }) => local),
    fingerprint: async () => fingerprintOf(await list(new AbortController().signal)),
    current: async (signal) => listed ?? (await list(signal)),
  };
}

/** Each file once, where it comes first. */
async function listAll(places: readonly FilePlace[], signal: AbortSignal): Promise<readonly InputFile[]> {
  const files = new Map<string, InputFile>();
  for (const place of places) {
    for (const file of await place.list(signal)) if (!files.has(file.uri)) files.set(file.uri, file);
  }
  return [...files.values()];
}

function fingerprintOf(files: readonly InputFile[]): string {
  if (files.length === 1) return files[0]!.version;
  const hash = createHash("sha256");
  for (const { uri, version } of files) hash.update(`${JSON.stringify([uri, version])}\n`);
  return `${files.length}-${hash.digest("hex").slice(0, 32)}`;
}

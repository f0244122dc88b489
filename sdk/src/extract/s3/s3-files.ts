import { matchesGlob } from "node:path/posix";
import { FatalError } from "../../errors/millrace-error.ts";
import type { FilePlace, InputFile } from "../files/input-file.ts";
import { globRoot, hasGlob, isHidden } from "../files/names.ts";
import { noFiles } from "../files/read-error.ts";
import { readRange, type S3Object } from "./read-range.ts";
import { connectS3 } from "./s3-client.ts";
import { s3Error, statusOf } from "./s3-error.ts";

/**
 * An object `s3://bucket/key`, all objects below `s3://bucket/prefix/`, or those that a glob matches; of the latter two hidden
 * ones (`.name`, `_SUCCESS`) are left out.
 */
export function s3Files(uri: string): FilePlace {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) {
    throw new FatalError("S3_URI", `${JSON.stringify(uri)} names no bucket`, { fix: "s3://bucket/key" });
  }
  return {
    local: false,
    async list(signal) {
      try {
        return (await list(uri, { bucket, key }, signal)).map(inputFile);
      } catch (error) {
        signal.throwIfAborted();
        throw s3Error(uri, error);
      }
    },
  };
}

interface Place {
  readonly bucket: string;
  readonly key: string;
}

async function list(uri: string, { bucket, key }: Place, signal: AbortSignal): Promise<readonly S3Object[]> {
  if (hasGlob(key)) {
    const all = await below(bucket, globRoot(key), signal);
    const named = all.filter((object) => object.key === key); // a key may well look like a glob
    if (named.length > 0) return named;
    return found(
      all.filter((object) => matchesGlob(object.key, key)),
      globRoot(key),
      `that matches ${uri}`,
    );
  }
  if (key !== "" && !key.endsWith("/")) {
    const object = await head(bucket, key, signal);
    if (object !== null) return [object];
  }
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  return found(await below(bucket, prefix, signal), prefix, `${uri}, and none below it`);
}

/** Data only, by name; raises where there is none. */
function found(objects: readonly S3Object[], prefix: string, what: string): readonly S3Object[] {
  const data = objects.filter(({ key }) => !key.endsWith("/") && !key.slice(prefix.length).split("/").some(isHidden));
  if (data.length === 0) throw noFiles(what);
  return data.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

async function head(bucket: string, key: string, signal: AbortSignal): Promise<S3Object | null> {
  const { sdk, client } = await connectS3();
  try {
    const command = new sdk.HeadObjectCommand({ Bucket: bucket, Key: key });
    const { ETag: etag = "", ContentLength: size = 0 } = await client.send(command, { abortSignal: signal });
    return { uri: `s3://${bucket}/${key}`, bucket, key, etag, size };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function below(bucket: string, prefix: string, signal: AbortSignal): Promise<S3Object[]> {
  const { sdk, client } = await connectS3();
  const objects: S3Object[] = [];
  const pages = sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }, { abortSignal: signal });
  for await (const { Contents: contents = [] } of pages) {
    for (const { Key: key = "", ETag: etag = "", Size: size = 0 } of contents)
      objects.push({ uri: `s3://${bucket}/${key}`, bucket, key, etag, size });
  }
  return objects;
}

function inputFile(object: S3Object): InputFile {
  const { uri, size, etag } = object;
  return {
    uri,
    size,
    version: `${size}-${etag}`,
    read: (signal) => readRange(object, { start: 0, end: size }, signal),
    async slice(start, end, signal) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(end, size) - start);
      let at = 0;
      for await (const chunk of readRange(object, { start, end: Math.min(end, size) }, signal)) {
        chunk.copy(bytes, at);
        at += chunk.length;
      }
      return bytes;
    },
  };
}

import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { MillraceError } from "../../errors/millrace-error.ts";
import { connectS3 } from "./s3-client.ts";
import { s3Error } from "./s3-error.ts";

/** An object as it was when it was listed. */
export interface S3Object {
  readonly uri: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly size: number;
}

export interface ByteRange {
  readonly start: number;
  /** Not included. */
  readonly end: number;
}

/** A connection that is silent for longer is taken for lost. */
const IDLE_MS = 60_000;
/** How often it is tried to go on without a single byte more. */
const MAX_FAILURES = 5;
const FIRST_WAIT_MS = 250;

/**
 * The bytes of an object, in order; where the connection is lost, reading goes on behind the last byte that came.
 * Raises FatalError SOURCE_NOT_FOUND, S3_REFUSED, S3_MISSING; RetryableError SOURCE_MOVING, SOURCE_UNREADABLE.
 */
export async function* readRange(object: S3Object, range: ByteRange, signal: AbortSignal): AsyncIterable<Buffer> {
  let at = range.start;
  let failures = 0;
  while (at < range.end) {
    try {
      for await (const chunk of openRange(object, { start: at, end: range.end }, signal)) {
        failures = 0;
        at += chunk.length;
        yield chunk;
      }
      if (at < range.end) throw new Error(`the connection ended at byte ${at} of ${range.end}`);
    } catch (cause) {
      signal.throwIfAborted();
      const error = s3Error(object.uri, cause);
      failures += 1;
      if (error.kind !== "retryable" || error.code === "SOURCE_MOVING" || failures >= MAX_FAILURES) throw error;
      await pause(failures, signal);
    }
  }
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  await delay(Math.random() * FIRST_WAIT_MS * 2 ** failures, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
}

async function* openRange(
  { bucket, key, etag }: S3Object,
  { start, end }: ByteRange,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  const { sdk, client } = await connectS3();
  const command = new sdk.GetObjectCommand({
    Bucket: bucket,
    Key: key,
    IfMatch: etag,
    Range: `bytes=${start}-${end - 1}`,
  });
  const { Body: body } = await client.send(command, { abortSignal: signal });
  if (body === undefined) throw new MillraceError("SOURCE_UNREADABLE", "S3 answered without a body");
  const stream = body as Readable;
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), stream);
      if (done === true) return;
      yield value;
    }
  } finally {
    stream.destroy();
  }
}

/** Only waiting for bytes counts: who reads them may take as long as he likes. */
async function inTime<T>(next: Promise<T>, stream: Readable): Promise<T> {
  const timer = setTimeout(() => stream.destroy(new Error(`no byte came in ${IDLE_MS / 1000} s`)), IDLE_MS);
  try {
    return await next;
  } finally {
    clearTimeout(timer);
  }
}

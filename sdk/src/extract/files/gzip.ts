import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/**
 * The content of gzip members one after the other, with nothing but zeros behind them, which tapes and some disks leave; Node's
 * own stream ends with the first zero and says nothing of what follows. Raises what it raises.
 */
export async function* readGzip(compressed: AsyncIterable<Buffer>, chunkSize: number): AsyncIterable<Buffer> {
  const input = new GzipInput(compressed);
  const gunzip = createGunzip({ chunkSize });
  try {
    // The callback only keeps an error from being thrown twice: who reads sees it first.
    yield* pipeline(Readable.from(input), gunzip, () => {});
    await input.drain();
    // Zeros are not counted as written: what is behind them ends further on.
    if (input.lastByteEnd > gunzip.bytesWritten) throw behindEnd();
  } catch (error) {
    throw input.beginsAsGzip && (error as Error).message === "incorrect header check" ? behindEnd(error) : error;
  } finally {
    await input.close();
  }
}

function behindEnd(cause?: unknown): Error {
  return new Error("something else follows its end", { cause });
}

/** What is decompressed, and where it ends. */
class GzipInput implements AsyncIterable<Buffer> {
  readonly #chunks: AsyncIterator<Buffer>;
  #bytes = 0;
  /** Where the last byte ends that is not zero. */
  lastByteEnd = 0;
  beginsAsGzip = false;

  constructor(compressed: AsyncIterable<Buffer>) {
    this.#chunks = compressed[Symbol.asyncIterator]();
  }

  /** Leaves what is not read from it to `drain`. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return { next: () => this.#next() };
  }

  async drain(): Promise<void> {
    while ((await this.#next()).done !== true);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    const result = await this.#chunks.next();
    if (result.done === true) return result;
    const chunk = result.value;
    if (this.#bytes === 0) this.beginsAsGzip = chunk[0] === 0x1f && chunk[1] === 0x8b;
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end -= 1;
    if (end > 0) this.lastByteEnd = this.#bytes + end;
    this.#bytes += chunk.length;
    return result;
  }
}

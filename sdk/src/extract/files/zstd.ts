import { createZstdDecompress, type ZstdDecompress } from "node:zlib";

/**
 * The content of zstd frames one after the other, as `zstd -T`, `pzstd` and `cat` write them; Node's own stream ends
 * with the first one and says nothing. Raises what it raises.
 */
export async function* readZstd(compressed: AsyncIterable<Buffer>, chunkSize: number): AsyncIterable<Buffer> {
  const input = compressed[Symbol.asyncIterator]();
  try {
    let rest = await nextChunk(input);
    do {
      const decoder = createZstdDecompress({ chunkSize });
      const feed = new FrameFeed(decoder, input);
      const fed = feed.run(rest ?? Buffer.alloc(0));
      yield* decoder as AsyncIterable<Buffer>;
      decoder.destroy();
      await fed;
      rest = feed.rest() ?? (await nextChunk(input));
    } while (rest !== undefined);
  } finally {
    await input.return?.();
  }
}

/** Writes chunk by chunk, so that what is behind the end of a frame is in the last one. */
class FrameFeed {
  readonly #decoder: ZstdDecompress;
  readonly #input: AsyncIterator<Buffer>;
  #last = Buffer.alloc(0) as Buffer;
  #written = 0;

  constructor(decoder: ZstdDecompress, input: AsyncIterator<Buffer>) {
    this.#decoder = decoder;
    this.#input = input;
  }

  async run(first: Buffer): Promise<void> {
    const decoder = this.#decoder;
    try {
      let chunk: Buffer | undefined = first;
      while (chunk !== undefined) {
        this.#last = chunk;
        this.#written += chunk.length;
        await this.#write(chunk);
        if (decoder.readableEnded || decoder.destroyed) return;
        chunk = await nextChunk(this.#input);
      }
      decoder.end();
    } catch (error) {
      decoder.destroy(error as Error);
    }
  }

  /** What of the last chunk the frame did not take. */
  rest(): Buffer | undefined {
    const left = this.#written - this.#decoder.bytesWritten;
    return left === 0 ? undefined : this.#last.subarray(this.#last.length - left);
  }

  async #write(chunk: Buffer): Promise<void> {
    const decoder = this.#decoder;
    await new Promise<void>((resolve) => {
      // A decoder that has ended may not call back.
      const done = () => {
        decoder.off("close", done);
        resolve();
      };
      decoder.once("close", done);
      decoder.write(chunk, done);
    });
  }
}

async function nextChunk(input: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  for (;;) {
    const { done, value } = await input.next();
    if (done === true) return undefined;
    if (value.length > 0) return value;
  }
}

import { TextDecoder } from "node:util";
import { FatalError } from "../../errors/millrace-error.ts";
import { LineOffsets } from "./line-offsets.ts";
import { peek } from "./peek.ts";

/** Some consecutive text of a source, as UTF-8. */
interface TextChunk {
  readonly bytes: Buffer;
  /** Bytes of the source that it was made of. */
  readonly sourceBytes: number;
}

export interface TextStream {
  /** Its name as WHATWG has it, `utf-8`, `windows-1252`. */
  readonly encoding: string;
  readonly chunks: AsyncIterable<TextChunk>;
  /** Where lines begin in the source, where its bytes are not those of the chunks; null where they are. */
  readonly lineOffsets: LineOffsets | null;
}

/** Stands in UTF-8 for bytes that the encoding has no character for: whoever reads it sees that the text is invalid. */
const INVALID = "\xff";
const REPLACEMENT = "\xef\xbf\xbd";

/**
 * Text in any encoding that TextDecoder knows by name, as UTF-8. A byte-order mark outweighs what was named.
 * Raises FatalError ENCODING_UNKNOWN.
 */
export async function decodeText(content: AsyncIterable<Buffer>, encoding: string | undefined): Promise<TextStream> {
  const { first, all } = await peek(content, 3);
  const decoder = newDecoder(markedEncoding(first) ?? encoding ?? "utf-8");
  if (decoder.encoding === "utf-8") return { encoding: "utf-8", chunks: asTheyAre(all), lineOffsets: null };
  const wide = decoder.encoding.startsWith("utf-16");
  const lineOffsets = new LineOffsets(wide ? decoder.encoding : null, markedEncoding(first) === undefined ? 0 : 2);
  return { encoding: decoder.encoding, chunks: decoded(all, decoder, lineOffsets), lineOffsets };
}

/** Raises FatalError ENCODING_UNKNOWN. */
export function newDecoder(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding);
  } catch (cause) {
    throw new FatalError("ENCODING_UNKNOWN", `There is no encoding ${JSON.stringify(encoding)}`, {
      fix: "Name it as the web does: utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis, gb18030, …",
      cause,
    });
  }
}

function markedEncoding(first: Buffer): string | undefined {
  if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) return "utf-8";
  if (first[0] === 0xff && first[1] === 0xfe) return "utf-16le";
  return first[0] === 0xfe && first[1] === 0xff ? "utf-16be" : undefined;
}

async function* asTheyAre(content: AsyncIterable<Buffer>): AsyncIterable<TextChunk> {
  for await (const bytes of content) yield { bytes, sourceBytes: bytes.length };
}

async function* decoded(
  content: AsyncIterable<Buffer>,
  decoder: TextDecoder,
  lineOffsets: LineOffsets,
): AsyncIterable<TextChunk> {
  for await (const chunk of content) {
    const bytes = utf8(decoder.decode(chunk, { stream: true }));
    lineOffsets.add(chunk, bytes);
    yield { bytes, sourceBytes: chunk.length };
  }
  const rest = utf8(decoder.decode());
  if (rest.length > 0) yield { bytes: rest, sourceBytes: 0 };
}

function utf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (!text.includes("\uFFFD")) return bytes;
  return Buffer.from(bytes.toString("latin1").replaceAll(REPLACEMENT, INVALID), "latin1");
}

import { isUtf8 } from "node:buffer";

/** In place of a byte 0x80 to 0xFF that is none of UTF-8: half of a surrogate pair, which no valid UTF-8 comes to. */
const ESCAPE = 0xdc00;

/** Decodes UTF-8; each byte that is none becomes U+DC00 + the byte, as Python's `surrogateescape` does, so that it is seen and not lost. */
export function escapedUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = "";
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    if (at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      at += length;
      continue;
    }
    text += bytes.toString("utf8", from, at) + String.fromCharCode(ESCAPE + bytes[at]!);
    at += 1;
    from = at;
  }
  return text + bytes.toString("utf8", from);
}

/** Of the character that begins with this byte, if one does. */
function sequenceLength(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

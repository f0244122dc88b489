import type { StdioStream } from "../protocol.ts";
import { interceptWrites } from "./intercept-writes.ts";

/** Hands a copy of what JavaScript prints to stdout and stderr to `send`, whole characters at a time. Returns what ends it. */
export function captureStdio(send: (stream: StdioStream, text: string) => void): () => void {
  const ends = (["stdout", "stderr"] as const).map((stream) => {
    const decoder = new (process.getBuiltinModule("node:string_decoder").StringDecoder)("utf8");
    const undo = interceptWrites(stream === "stdout" ? 1 : 2, {
      observe: (bytes) => {
        const text = decoder.write(bytes as Buffer);
        if (text) send(stream, text);
      },
    });
    return () => {
      undo();
      const rest = decoder.end();
      if (rest) send(stream, rest);
    };
  });
  return () => {
    // Undone in the reverse order: the second interception stands on the first.
    for (const end of ends.toReversed()) end();
  };
}

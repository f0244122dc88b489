import type { OpenOptions } from "../source.ts";
import type { InputFile } from "./input-file.ts";

/** The files, that are read one after the other; what is read of each is told, with the size of all of them. */
export function countReads(files: readonly InputFile[], { onRead }: Pick<OpenOptions, "onRead">): readonly InputFile[] {
  if (onRead === undefined) return files;
  const starts = fileStarts(files);
  const totalBytes = starts.at(-1)!;
  return files.map((file, index) => ({
    ...file,
    async *read(signal) {
      let bytes = starts[index]!;
      for await (const chunk of file.read(signal)) {
        onRead({ bytes: (bytes += chunk.length), totalBytes });
        yield chunk;
      }
    },
  }));
}

/** Bytes of all files before each one, and behind them those of all. */
export function fileStarts(files: readonly InputFile[]): readonly number[] {
  const starts = [0];
  for (const { size } of files) starts.push(starts.at(-1)! + size);
  return starts;
}

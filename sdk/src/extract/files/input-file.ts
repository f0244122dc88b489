/** A file as it was when it was listed; reading raises RetryableError SOURCE_MOVING where it is another one by now. */
export interface InputFile {
  /** Path or URI, as positions name it. */
  readonly uri: string;
  /** In bytes, as stored. */
  readonly size: number;
  /** Changes whenever the content may have changed. */
  readonly version: string;
  /** All bytes as stored, in order. */
  read(signal: AbortSignal): AsyncIterable<Buffer>;
  /** The bytes from `start` to before `end`; less where the file ends before. */
  slice(start: number, end: number, signal: AbortSignal): Promise<Buffer>;
}

/** Where files are: a path, a directory, a glob, or the same on another machine. */
export interface FilePlace {
  /** Files are on this machine. */
  readonly local: boolean;
  /** In an order that stays, by name. Raises FatalError SOURCE_NOT_FOUND where there is none. */
  list(signal: AbortSignal): Promise<readonly InputFile[]>;
}

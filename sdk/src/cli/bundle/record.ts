/** What is kept beside a bundle: what it was made of, so that it can be told whether it still says the same. */
export interface BundleRecord {
  /** See `circumstances`: what else than files a bundle depends on. */
  readonly circumstances: string;
  /** The bundle's file, beside the record. */
  readonly file: string;
  readonly encoding: "latin1" | "utf8";
  readonly inputs: readonly BundleInput[];
}

/** A file as it was read: if its figures are the same, so is the file; if they are not, its hash tells. */
export type BundleInput = readonly [path: string, bytes: number, modifiedMs: number, changedMs: number, hash: string];

/** Where an operator is in a folder that `millrace build` has made. */
export interface BuiltOperator {
  /** Its bundle, from the folder. */
  readonly file: string;
  readonly encoding: "latin1" | "utf8";
}

/** Runs the operator for the command's arguments, and returns the exit code. */
export type Run = (args: readonly string[]) => Promise<number>;

import type { Program } from "../measure/program.ts";

/** Somebody who does the work of a case. */
export interface Contender {
  /** By which it is chosen: `--peers dlt,pandas`. */
  readonly peer: string;
  readonly name: string;
  /** Where its rows are. */
  readonly table: string;
  readonly program: () => Promise<Program> | Program;
  /** Brings everything to where a run begins; not timed. */
  readonly prepare: () => Promise<unknown>;
}

export interface PeerCase {
  readonly name: string;
  /** What is done, for the title of its table. */
  readonly about: string;
  /** What one run brings in: for rows a second. */
  readonly rows: number;
  /** What has to be the same in everybody's table, as a select list. */
  readonly content: string;
  /** How long who has not run yet may do so before anything is measured; the default is 3. */
  readonly warmSeconds?: number;
  /** The first is what the others' ratios are of. */
  readonly contenders: readonly Contender[];
}

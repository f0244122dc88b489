/** What one check found. */
export interface Result {
  readonly ok: boolean;
  readonly output: string;
}

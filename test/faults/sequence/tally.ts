/** What came of one kind of fault. */
export interface FaultTally {
  injected: number;
  survived: number;
  lost: number;
  doubled: number;
}

/** What came of each fault, by its name. */
export class Tally {
  readonly faults = new Map<string, FaultTally>();
  steps = 0;
  sequences = 0;

  add(
    name: string,
    {
      lost = 0,
      doubled = 0,
      survived,
    }: { readonly lost?: number; readonly doubled?: number; readonly survived: boolean },
  ): void {
    const tally = this.faults.get(name) ?? { injected: 0, survived: 0, lost: 0, doubled: 0 };
    tally.injected += 1;
    tally.survived += survived ? 1 : 0;
    tally.lost += lost;
    tally.doubled += doubled;
    this.faults.set(name, tally);
  }
}

import { sequenceText, type CustomerEvent, type CustomersVariant } from "./changes.ts";

interface Known {
  readonly sequence: number;
  /** The last row there was; null where none was seen, or it is gone. */
  readonly row: { readonly name: string; readonly email: string | null } | null;
  readonly deleted: boolean;
}

/** What changes come to: taken one after the other, in plain words. */
export function modelOutcome(
  events: readonly CustomerEvent[],
  variant: CustomersVariant,
): { rows: string[]; tombstones: string[] } {
  const known = new Map<string, Known>();
  const keyOf = ({ region, id }: { region: string; id: number }) => JSON.stringify([region, String(id)]);
  const take = (key: string, next: (before: Known | undefined) => Known) => {
    const before = known.get(key);
    const after = next(before);
    if (before === undefined || after.sequence > before.sequence) known.set(key, after);
  };
  const remove = (key: string, sequence: number) =>
    take(key, (before) => ({
      sequence,
      deleted: true,
      row: variant.deletion === "soft" ? (before?.row ?? null) : null,
    }));
  for (const event of events) {
    const { operation, sequence, name, email, previous } = event;
    if (operation === "delete") {
      remove(keyOf(event), sequence);
      continue;
    }
    take(keyOf(event), () => ({ sequence, deleted: false, row: { name, email } }));
    if (previous !== null) remove(keyOf(previous), sequence);
  }
  const rows: string[] = [];
  const tombstones: string[] = [];
  for (const [key, { sequence, row, deleted }] of known) {
    if (row === null) tombstones.push(`${key} ${sequence}`);
    else {
      const [region, id] = JSON.parse(key) as [string, string];
      // A row that moved away is marked with the moment of loading, which no model knows.
      rows.push(
        [
          region,
          id,
          row.name,
          row.email ?? "-",
          sequenceText(sequence, variant),
          ...(variant.deletion === "soft" ? [deleted] : []),
        ].join(" "),
      );
    }
  }
  return { rows: rows.toSorted(), tombstones: tombstones.toSorted() };
}

/** A stream of changes, of few keys so that they meet often; out of order and repeated. */
export function randomEvents(random: () => number, count: number): CustomerEvent[] {
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const moves = random() < 0.5;
  const key = () => ({ region: pick(["north", "south", 'O\'Hare \\ "x"']), id: pick([1, 2]) });
  const stream = Array.from({ length: count }, (_, index): CustomerEvent => ({
    ...key(),
    operation: pick(["insert", "update", "update", "delete"] as const),
    // Around F/FFFFFFFF, behind which 10/0 comes; some of them equal.
    sequence: 15 * 2 ** 32 + 0xff_ff_ff_f0 + index + (random() < 0.1 ? -1 : 0),
    name: `name ${index}`,
    email: random() < 0.2 ? null : `${index}@example.com`,
    previous: moves && random() < 0.1 ? key() : null,
  }));
  // Delivered late by up to ten places, and some of it again.
  const delivered = stream.flatMap((event, index) => {
    const late = () => index + (random() < 0.3 ? Math.floor(random() * 10) : 0);
    return random() < 0.15
      ? [
          { event, at: late() },
          { event, at: late() + 3 },
        ]
      : [{ event, at: late() }];
  });
  return delivered.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
}

/** Numbers from 0 to before 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import { writeFile } from "node:fs/promises";
import postgres from "postgres";

export interface CustomerEvent {
  readonly operation: "insert" | "update" | "delete";
  readonly sequence: number;
  readonly data: {
    readonly id: number;
    readonly name: string;
    readonly email: string;
    readonly changed_at: string;
  };
}

/** Inserts, updates and deletes of as many keys as a quarter of the events, the same for the same number. */
export function customerEvents(count: number): CustomerEvent[] {
  const keys = count / 4;
  let state = 7;
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: count }, (_, sequence) => {
    const id = random(keys);
    const operation = (["insert", "update", "update", "delete"] as const)[random(4)]!;
    const changed = new Date(1_700_000_000_000 + sequence * 1000).toISOString();
    return {
      operation,
      sequence,
      data: { id, name: `Customer ${sequence}`, email: `user${id}@example.com`, changed_at: changed },
    };
  });
}

export async function writeEvents(path: string, events: readonly CustomerEvent[]): Promise<void> {
  await writeFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

/**
 * One prepared statement for each event, so many in a transaction; returns how long it took. `measured` leaves the rest of the
 * events out, and reckons their time.
 */
export async function oneByOne(
  url: string,
  events: readonly CustomerEvent[],
  { atATime, measured = events.length }: { readonly atATime: number; readonly measured?: number },
): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`SELECT 1`;
  const began = performance.now();
  for (let first = 0; first < measured; first += atATime) {
    const some = events.slice(first, Math.min(first + atATime, measured));
    if (atATime === 1) await apply(sql, some[0]!);
    else
      await sql.begin(async (transaction) => {
        for (const event of some) await apply(transaction, event);
      });
  }
  const ms = performance.now() - began;
  await sql.end();
  return (ms / measured) * events.length;
}

async function apply(sql: postgres.ISql, { operation, sequence, data }: CustomerEvent): Promise<void> {
  const { id, name, email, changed_at: at } = data;
  if (operation === "delete") await sql`DELETE FROM customers WHERE id = ${id}`;
  else
    await sql`INSERT INTO customers VALUES (${id}, ${name}, ${email}, ${at}, ${sequence}) ON CONFLICT (id) DO UPDATE
      SET name = excluded.name, email = excluded.email, changed_at = excluded.changed_at, sequence = excluded.sequence`;
}

import { applyChanges, changesOf, debezium, defineOperator, jsonl } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { bigint, integer, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import fc from "fast-check";
import { expect } from "vitest";
import type { FuzzDatabase } from "../place.ts";
import { holds, type FuzzProperty } from "../property.ts";
import { history, type History } from "./history.ts";

const items = pgTable("items", {
  id: integer().notNull(),
  note: text(),
  amount: numeric(),
  lsn: bigint({ mode: "bigint" }),
  gone: timestamp({ withTimezone: true, mode: "string" }),
});

/** How changes come: each that late, some of them again, in so many runs. */
interface Delivery {
  readonly late: readonly number[];
  readonly again: readonly boolean[];
  readonly runs: number;
  readonly chunkRows: number;
  readonly soft: boolean;
}

const delivery: fc.Arbitrary<Delivery> = fc.record({
  late: fc.array(fc.nat(12), { minLength: 1, maxLength: 9 }),
  again: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  runs: fc.integer({ min: 1, max: 3 }),
  chunkRows: fc.constantFrom(1, 2, 3, 7, 1000),
  soft: fc.boolean(),
});

export const changesApplied: FuzzProperty = {
  name: "changes: whatever happened to a table, and however its changes come, its copy has its rows",
  cases: 14,
  async open(place) {
    const database = await place.database();
    await database.sql`CREATE TABLE items (id int PRIMARY KEY, note text, amount numeric, lsn bigint, gone timestamptz)`;
    let number = 0;
    return holds(fc.record({ history, delivery }), async ({ history: happened, delivery: how }) => {
      await database.sql`TRUNCATE items`;
      if (number > 0) await database.sql`TRUNCATE millrace.tombstones, millrace.dead_letters`;
      number += 1;
      const delivered = deliver(happened, how);
      const share = Math.ceil(delivered.length / how.runs);
      for (let run = 0; run < how.runs; run += 1) {
        const path = await place.write(
          `changes-${run}.jsonl`,
          delivered.slice(run * share, (run + 1) * share).join("\n"),
        );
        await runOperator(operatorOf(path, { ...how, number }), { databaseUrl: database.url });
      }
      expect(await rowsOf(database)).toEqual(
        [...happened.rows].toSorted(([a], [b]) => a - b).map(([id, { note, amount }]) => ({ id, note, amount })),
      );
      expect(await database.sql`SELECT reason FROM millrace.dead_letters`).toHaveLength(0);
    });
  },
};

/** Where the table was truncated, changes come in order: there is no key to say which of them came before. */
function deliver({ events, truncated }: History, { late, again }: Delivery): string[] {
  if (truncated) return again[0] ? [...events.slice(0, Math.ceil(events.length / 2)), ...events] : [...events];
  return events
    .flatMap((event, index) => {
      const at = index + late[index % late.length]!;
      return again[index % again.length]
        ? [
            { event, at },
            { event, at: at + 5 },
          ]
        : [{ event, at }];
    })
    .toSorted((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

function operatorOf(path: string, { number, soft, chunkRows }: Delivery & { readonly number: number }) {
  const load = applyChanges({ key: items.id, sequence: items.lsn, ...(soft && { softDelete: items.gone }) });
  const toChange = changesOf(items, load);
  return defineOperator({
    name: `changes_${number}`,
    extract: () => jsonl(path),
    transform: (event) => toChange(debezium(event)) as never,
    target: items,
    load,
    chunks: { maxRows: chunkRows },
  });
}

async function rowsOf({ sql }: FuzzDatabase) {
  const rows = await sql`SELECT id, note, amount::text FROM items WHERE gone IS NULL ORDER BY id`;
  return rows.map(({ id, note, amount }) => ({
    id: id as number,
    note: note as string | null,
    amount: amount as string,
  }));
}

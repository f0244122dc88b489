import { defineOperator, upsert, type Operator } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { afterAll, describe, expect, test } from "vitest";
import { databaseWith, eventSource, stopServer } from "./changes.ts";

afterAll(stopServer);

const columns = {
  id: integer("id").notNull(),
  changedAt: timestamp("changed_at", { withTimezone: true, mode: "string" }),
  name: text("name").notNull(),
};
const plain = pgTable("versions", columns);
const hashed = pgTable("versions", { ...columns, rowHash: text("row_hash") });
const CREATE = `CREATE TABLE versions (id int PRIMARY KEY, changed_at timestamptz, name text NOT NULL CHECK (name <> 'refused'), row_hash text)`;

interface Version {
  readonly id: number;
  readonly changedAt: string | null;
  readonly name: string;
}

function versionsOperator(versions: readonly Version[], variant: string, maxRows: number): Operator {
  const common = {
    name: "versions",
    extract: () => eventSource(versions, maxRows),
    rejects: { maxRatio: 1 },
    chunks: { maxRows },
  } as const;
  return variant === "hash"
    ? defineOperator({
        ...common,
        target: hashed,
        load: upsert({ key: hashed.id, orderBy: hashed.changedAt, hash: hashed.rowHash }),
      })
    : defineOperator({ ...common, target: plain, load: upsert({ key: plain.id, orderBy: plain.changedAt }) });
}

/** Later than all before it where the minute is higher; microseconds tell the last of them apart. */
const at = (moment: number) =>
  `2024-01-01 00:${String(Math.floor(moment / 10)).padStart(2, "0")}:00.00000${moment % 10}+00`;
const version = (id: number, moment: number | null, name = `at ${moment}`): Version => ({
  id,
  changedAt: moment === null ? null : at(moment),
  name,
});

async function openVersions() {
  const url = await databaseWith(CREATE);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return {
    load: async (versions: readonly Version[], variant = "plain", maxRows = 100) => {
      const { materializations } = await runOperator(versionsOperator(versions, variant, maxRows), {
        databaseUrl: url,
      });
      return materializations[0]!.metadata;
    },
    rows: async () =>
      (await sql`SELECT id, name FROM versions ORDER BY id`).map(({ id, name }) => `${id as number} ${name as string}`),
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

describe.for(["plain", "hash"])("%s", (variant) => {
  test("C7: of several rows with one key the newest by the declared order wins, else the last", async () => {
    await using versions = await openVersions();
    const given = [
      version(1, 21),
      version(1, 29),
      version(1, 22),
      version(2, 5, "first"),
      version(2, 5, "last"),
      version(3, null, "unknown"),
      version(3, 1),
      version(3, null, "unknown too"),
    ];
    expect(await versions.load(given, variant)).toMatchObject({ read: 8, inserted: 3, superseded: 5 });
    expect(await versions.rows()).toEqual(["1 at 29", "2 last", "3 at 1"]);
  });

  test("C24: an older row does not overwrite a newer one", async () => {
    await using versions = await openVersions();
    await versions.load([version(1, 20), version(2, 20), version(3, null), version(4, 20), version(5, 20)], variant);
    const given = [
      version(1, 19),
      version(2, 21),
      version(3, 1),
      version(4, null, "older"),
      version(5, 20),
      version(6, 1),
    ];
    const counts = { read: 6, inserted: 1, updated: 2, unchanged: 1, superseded: 2 };
    expect(await versions.load(given, variant)).toMatchObject(counts);
    expect(await versions.rows()).toEqual(["1 at 20", "2 at 21", "3 at 1", "4 at 20", "5 at 20", "6 at 1"]);
    expect(await versions.load(given, variant)).toMatchObject({ read: 6, unchanged: 4, superseded: 2 });
  });

  test("C16: also where the server refuses rows", async () => {
    await using versions = await openVersions();
    await versions.load([version(1, 20), version(2, 20)], variant);
    const given = [version(1, 30, "refused"), version(1, 10), version(2, 25), version(2, 22), version(3, 1, "refused")];
    expect(await versions.load(given, variant)).toMatchObject({ read: 5, updated: 1, rejected: 2, superseded: 2 });
    expect(await versions.rows()).toEqual(["1 at 20", "2 at 25"]);
  });

  test.for([3, 40])("the newest wins whatever the order in which rows come, %i at a time", async (maxRows) => {
    await using versions = await openVersions();
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const newest = new Map<number, number>();
    for (let round = 0; round < 3; round += 1) {
      const given = Array.from({ length: 60 }, () => version(random(12), random(500)));
      for (const { id, name } of given) newest.set(id, Math.max(newest.get(id) ?? 0, Number(name.slice(3))));
      await versions.load(given, variant, maxRows);
    }
    expect(await versions.rows()).toEqual(
      [...newest].toSorted(([a], [b]) => a - b).map(([id, moment]) => `${id} at ${moment}`),
    );
  });
});

import { csv, defineOperator, query, text, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { sql as drizzleSql } from "drizzle-orm";
import { date, integer, pgTable, timestamp } from "drizzle-orm/pg-core";
import { z } from "zod";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { csvFolder, ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const COLUMNS = "(id int PRIMARY KEY, at timestamptz, local timestamp, day date)";

/** Around midnight, and around both changes of clocks in New York, on March 10 at 7:00 UTC and on November 3 at 6:00 UTC. */
const ROWS = [
  "1,2013-03-10T04:59:59.999999Z,2013-03-09T23:59:59.999999,2013-03-09",
  "2,2013-03-10T05:00:00Z,2013-03-10T00:00:00,2013-03-10",
  "3,2013-03-10T06:59:59.999999Z,2013-03-10T01:59:59.999999,2013-03-10",
  "4,2013-03-10T07:00:00.000001Z,2013-03-10T02:30:00.123456,2013-03-10",
  "5,2013-03-11T03:59:59.999999Z,2013-03-10T23:59:59.999999,2013-03-10",
  "6,2013-03-11T04:00:00Z,2013-03-11T00:00:00,2013-03-11",
  "7,2013-11-03T00:00:00-04:00,2013-11-03T00:00:00,2013-11-03",
  "8,2013-11-03T01:30:00.000001-04:00,2013-11-03T01:30:00.000001,2013-11-03",
  "9,2013-11-03T01:30:00.000001-05:00,2013-11-03T01:30:00.000001,2013-11-03",
  "10,2013-11-03T23:59:59.999999-05:00,2013-11-03T23:59:59.999999,2013-11-03",
  "11,2013-11-04T00:00:00-05:00,2013-11-04T00:00:00,2013-11-04",
  "12,infinity,-infinity,infinity",
].join("\n");

/** What the table of text has: as PostgreSQL writes it in UTC. */
const STORED = [
  "1 2013-03-10 04:59:59.999999+00 2013-03-09 23:59:59.999999 2013-03-09",
  "2 2013-03-10 05:00:00+00 2013-03-10 00:00:00 2013-03-10",
  "3 2013-03-10 06:59:59.999999+00 2013-03-10 01:59:59.999999 2013-03-10",
  "4 2013-03-10 07:00:00.000001+00 2013-03-10 02:30:00.123456 2013-03-10",
  "5 2013-03-11 03:59:59.999999+00 2013-03-10 23:59:59.999999 2013-03-10",
  "6 2013-03-11 04:00:00+00 2013-03-11 00:00:00 2013-03-11",
  "7 2013-11-03 04:00:00+00 2013-11-03 00:00:00 2013-11-03",
  "8 2013-11-03 05:30:00.000001+00 2013-11-03 01:30:00.000001 2013-11-03",
  "9 2013-11-03 06:30:00.000001+00 2013-11-03 01:30:00.000001 2013-11-03",
  "10 2013-11-04 04:59:59.999999+00 2013-11-03 23:59:59.999999 2013-11-03",
  "11 2013-11-04 05:00:00+00 2013-11-04 00:00:00 2013-11-04",
  "12 infinity -infinity infinity",
];
const toMilliseconds = (line: string) => line.replaceAll(/(\.\d{3})\d+/g, "$1").replaceAll(".000", "");

test.for(["America/New_York", "Asia/Kolkata", "UTC"])(
  "C19: what is loaded does not depend on the process's time zone, days have 23 and 25 hours, and infinity stays: TZ=%s",
  async (zone) => {
    await using database = await ordersDatabase();
    const { sql } = database;
    for (const table of ["times", "dates", "days", "hours", "local_days"])
      await sql.unsafe(`CREATE TABLE ${table} ${COLUMNS}`);
    // The role's own setting does not matter either.
    await sql.unsafe(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`);
    const folder = await csvFolder({ "a.csv": `id,at,local,day\n${ROWS}\n` });
    const child = [`${import.meta.dirname}/time-zone-child.ts`, database.url, `${folder}/a.csv`];
    await execa(process.execPath, child, { env: { TZ: zone } });
    await sql`SET timezone = 'UTC'`;
    const lines = async (table: string) =>
      (await sql.unsafe(`SELECT concat_ws(' ', id, at, local, day) AS line FROM ${table} ORDER BY id`)).map(
        ({ line }) => line as string,
      );
    const ids = async (table: string) =>
      (await sql.unsafe(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id as number);
    expect(await lines("times")).toEqual(STORED);
    expect(await lines("dates")).toEqual(STORED.slice(0, -1).map(toMilliseconds));
    expect(await ids("days")).toEqual([2, 3, 4, 5, 7, 8, 9, 10]);
    expect(await ids("hours")).toEqual([3, 4, 8, 9]);
    expect(await ids("local_days")).toEqual([2, 3, 4, 5, 7, 8, 9, 10]);
    const outside =
      await sql`SELECT partition, count(*)::int AS n FROM millrace.dead_letters WHERE code = 'OUTSIDE_PARTITION' AND operator = 'days' GROUP BY 1 ORDER BY 1`;
    expect(outside).toEqual([
      { partition: "2013-03-10", n: 8 },
      { partition: "2013-11-03", n: 8 },
    ]);
  },
);

test("C19: a time without an offset, and a day that the server makes of a moment, are those of UTC, whatever the database's zone is", async () => {
  await using database = await ordersDatabase();
  const { sql, url } = database;
  await sql.unsafe(`CREATE TABLE moments (id int PRIMARY KEY, at timestamptz, day date)`);
  await sql.unsafe(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`);
  const moments = pgTable("moments", {
    id: integer("id").primaryKey(),
    at: timestamp("at", { withTimezone: true, mode: "string" }),
    day: date("day"),
  });
  const base = { name: "moments", target: moments, load: upsert({ key: moments.id }) } as const;
  const folder = await csvFolder({ "a.csv": "id,at\n1,2013-03-10T02:30:00\n" });
  const record = z.object({ id: text.integer(), at: z.string() });
  await runOperator(defineOperator({ ...base, extract: () => csv(`${folder}/a.csv`), record }), { databaseUrl: url });
  const late = drizzleSql`SELECT 2 AS id, m AS at, m::date AS day FROM (SELECT '2013-03-10T23:30:00Z'::timestamptz AS m) one`;
  await runOperator(defineOperator({ ...base, extract: () => query(late) }), { databaseUrl: url });
  await sql`SET timezone = 'UTC'`;
  const rows = await sql<{ line: string }[]>`SELECT concat_ws(' ', id, at, day) AS line FROM moments ORDER BY id`;
  expect(rows.map(({ line }) => line)).toEqual(["1 2013-03-10 02:30:00+00", "2 2013-03-10 23:30:00+00 2013-03-10"]);
});

import { ascending, watermark } from "@millrace/sdk";
import { afterAll, describe, expect, test } from "vitest";
import { BY_NUMBER, eventsOperator, NO_LAG, SOURCE, TARGET } from "./events.ts";
import { openDatabases, stopServers } from "./two-servers.ts";

afterAll(stopServers);

describe("what can not be read in order is refused", () => {
  const refused = [
    ["no such column", "", { watermark: ascending("moved_at") }, "[WATERMARK]"],
    ["text", "", { watermark: ascending("name") }, "neither a time nor a number"],
    [
      "rows without a watermark",
      "ALTER TABLE events ALTER changed_at DROP NOT NULL; INSERT INTO events VALUES (1, NULL)",
      NO_LAG,
      "no watermark (null)",
    ],
    ["nothing that tells equal ones apart", "ALTER TABLE events DROP CONSTRAINT events_pkey", NO_LAG, "no primary key"],
  ] as const;
  test.for(refused)("%s", async ([, change, options, message]) => {
    await using databases = await openDatabases(`${SOURCE}; ${change}`, TARGET);
    await expect(databases.run(eventsOperator(databases, options))).rejects.toThrow(message);
  });

  test("a place in another order", async () => {
    await using databases = await openDatabases(`${SOURCE}; INSERT INTO events VALUES (1, '2024-01-01')`, TARGET);
    await databases.run(eventsOperator(databases, NO_LAG));
    await expect(databases.run(eventsOperator(databases, BY_NUMBER))).rejects.toThrow("[CURSOR_FOREIGN]");
  });

  test("C5: transactions that the role may not see", async () => {
    await using databases = await openDatabases(
      `${SOURCE}; DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT ON events TO reader; INSERT INTO events VALUES (1, '2024-01-01')`,
      TARGET,
    );
    const url = new URL(databases.sourceUrl);
    url.username = "reader";
    const as = { ...databases, sourceUrl: String(url) };
    await expect(databases.run(eventsOperator(as, NO_LAG))).rejects.toThrow("[HORIZON]");
    const alone = { watermark: watermark("changed_at", { lag: "0", horizon: false }) };
    expect(await databases.run(eventsOperator(as, alone))).toMatchObject({ read: 1 });
  });
});

import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import type { Operator } from "@millrace/sdk";
import postgres, { type Sql } from "postgres";

let source: PostgresServer | undefined;
let target: PostgresServer | undefined;
let databases = 0;

/** A source whose settings write everything in another way than the target reads it, and a target. */
export interface TwoDatabases extends AsyncDisposable {
  readonly source: Sql;
  readonly sourceUrl: string;
  readonly target: Sql;
  readonly targetUrl: string;
  run(operator: Operator, partition?: string): Promise<Record<string, unknown>>;
}

export async function openDatabases(sourceSql: string, targetSql: string): Promise<TwoDatabases> {
  source ??= await startPostgres({
    settings: { TimeZone: "Asia/Tokyo", DateStyle: "SQL, DMY", IntervalStyle: "iso_8601", bytea_output: "escape" },
  });
  target ??= await startPostgres();
  databases += 1;
  const sourceUrl = await source.createDatabase(`source_${databases}`);
  const targetUrl = await target.createDatabase(`target_${databases}`);
  const connection = { TimeZone: "UTC", DateStyle: "ISO", IntervalStyle: "postgres", bytea_output: "hex" };
  const [from, to] = [sourceUrl, targetUrl].map((url) => postgres(url, { max: 2, onnotice: () => {}, connection }));
  await from!.unsafe(sourceSql);
  await to!.unsafe(targetSql);
  return {
    source: from!,
    sourceUrl,
    target: to!,
    targetUrl,
    run: async (operator, partition) => {
      const { materializations } = await runOperator(operator, {
        databaseUrl: targetUrl,
        ...(partition !== undefined && { partitions: [partition] }),
      });
      return materializations[0]!.metadata;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([from!.end(), to!.end()]);
    },
  };
}

export async function stopServers(): Promise<void> {
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
}

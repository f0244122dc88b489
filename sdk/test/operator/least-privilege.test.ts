import { append, deleteInsert, replace, upsert } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { csvFolder, dailyOrdersOperator, orders, ordersDatabase, ordersOperator, stopServer } from "./orders.ts";

afterAll(stopServer);

const SECURITY = join(import.meta.dirname, "../../../SECURITY.md");
const day = "2024-01-01";

test("the role of SECURITY.md loads with each strategy, and can do nothing else", async () => {
  await using database = await ordersDatabase(", UNIQUE (id)");
  const folder = await csvFolder({ [`${day}.csv`]: `id,day,amount,note\n1,${day},10,a\n2,${day},x,b\n` });
  const operators = [
    ordersOperator(append()),
    ordersOperator(upsert({ key: orders.id })),
    ordersOperator(replace()),
    dailyOrdersOperator(deleteInsert({ partitionBy: orders.day })),
  ].map((operator) => ({
    ...operator,
    name: `${operator.name}_${operator.load.strategy.replace("-", "_")}`,
    rejects: { max: 9, maxRatio: 1 },
  }));
  const run = async (operator: (typeof operators)[number], databaseUrl: string) => {
    const partitioned = operator.partitions !== undefined;
    const { materializations } = await runOperator(operator, {
      databaseUrl,
      config: partitioned ? { folder } : { file: `${folder}/${day}.csv` },
      ...(partitioned && { partitions: [day] }),
    });
    return materializations[0]!.metadata;
  };
  // The owner makes the schema of the state.
  await run(operators[0]!, database.url);
  const [block] = /```sql\n([^`]*)```/.exec(await readFile(SECURITY, "utf8"))!.slice(1);
  const name = new URL(database.url).pathname.slice(1);
  await database.sql.unsafe(
    `REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE "${name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${name}" TO PUBLIC;
     CREATE SCHEMA others; CREATE TABLE others.salaries (amount int); CREATE TABLE secrets (word text); ${block!.replace(":database", `"${name}"`)}`,
  );
  const own = new URL(database.url);
  own.username = "loader";
  for (const operator of operators) {
    await database.sql`TRUNCATE orders`;
    expect(await run({ ...operator, name: `${operator.name}_role` }, own.href)).toMatchObject({
      read: 2,
      inserted: 1,
      rejected: 1,
    });
  }
  await using role = Object.assign(postgres(own.href, { max: 1, onnotice: () => {} }), {
    [Symbol.asyncDispose]: () => role.end(),
  });
  for (const statement of [
    "SELECT * FROM others.salaries",
    "SELECT * FROM secrets",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "DROP TABLE orders",
    "ALTER TABLE orders ADD COLUMN more int",
    "TRUNCATE orders",
    "DROP SCHEMA millrace CASCADE",
    "COPY orders TO PROGRAM 'true'",
  ]) {
    await expect(role.unsafe(statement), statement).rejects.toThrow(/permission denied|must be owner/);
  }
  await database.sql`DROP OWNED BY loader`;
  await database.sql`DROP ROLE loader`;
});

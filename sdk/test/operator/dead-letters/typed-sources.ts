import { join } from "node:path";
import {
  applyChanges,
  changeFields,
  changesOf,
  debezium,
  defineOperator,
  http,
  jsonl,
  parquet,
  postgresTable,
  replication,
  tableRecord,
  upsert,
  type LoadOperator,
  type RecordSource,
} from "@millrace/sdk";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  jsonb,
  numeric,
  pgTable,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { apiServer, json } from "../../extract/http/api-server.ts";
import { folderOf } from "../../extract/read.ts";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

const columns = {
  id: bigint("id", { mode: "bigint" }).primaryKey(),
  big: bigint("big", { mode: "bigint" }),
  price: numeric("price"),
  ratio: doublePrecision("ratio"),
  flag: boolean("flag"),
  text: text("text"),
  data: bytea("data"),
  micros: timestamp("micros", { withTimezone: true, mode: "string" }),
  list: jsonb("list"),
  prices: jsonb("prices"),
  struct: jsonb("struct"),
};
const things = pgTable("things", columns);
const changed = pgTable("things", { ...columns, lsn: numeric("lsn") });

export const CREATE =
  "CREATE TABLE things (id int8 PRIMARY KEY, big int8, price numeric, ratio float8, flag boolean, text text, data bytea, micros timestamptz, list jsonb, prices jsonb, struct jsonb, lsn numeric)";

const LONG = "1234567890.12345678901234567890";

/** JSON in which each value is one that reading it twice, or as JavaScript does, would change. */
export const LINES: readonly string[] = [
  `{"id":1,"big":9007199254740993,"price":${LONG},"ratio":0.1,"flag":true,"text":"123","list":"123","prices":"null","struct":{"n":[${LONG},9007199254740993,-0.0]}}`,
  `{"id":2,"text":"null","list":"no JSON","prices":"{\\"a\\":1}","struct":{"__proto__":{"deep":[1.0000000000000000001]},"s":"9007199254740993"}}`,
  `{"id":3,"list":9007199254740993,"prices":[1,"1",null,true,1e400],"struct":"true","micros":"2024-01-01T00:00:00.123456Z"}`,
  `{"id":4,"list":null,"prices":{"a":{"b":[]}},"struct":12345678901234567890123456789012345678901234567890}`,
  `{"id":9007199254740993,"list":{"id":9007199254740993},"text":"a\\\\b\\tc\\"é🚲"}`,
];

const eventLine = (line: string, sequence: number) =>
  `{"operation":"${sequence === 3 ? "update" : "insert"}","sequence":9007199254740993${sequence},"data":${line}}`;
const envelope = (line: string, sequence: number) =>
  `{"payload":{"op":"c","before":null,"after":${line},"source":{"lsn":9007199254740993${sequence}},"ts_ms":1704067200000}}`;

export interface SourceDatabase {
  /** URL of an empty database on a server with `wal_level = logical`. */
  readonly url: string;
  execute(sql: string): Promise<void>;
}

export interface TypedSource extends AsyncDisposable {
  readonly operator: LoadOperator;
}

const rows = (extract: () => RecordSource<never>) =>
  defineOperator({
    name: "things",
    extract,
    record: tableRecord(things),
    target: things,
    load: upsert({ key: things.id }),
    rejects: { max: 100, maxRatio: 1 },
  });

const load = applyChanges({ key: changed.id, sequence: changed.lsn });
const changes = (extract: () => RecordSource<never>, event: (record: never) => unknown) => {
  const toChange = changesOf(changed, load);
  return defineOperator({
    name: "things",
    extract,
    transform: (record) => toChange(event(record) as never),
    target: changed,
    load,
    rejects: { max: 100, maxRatio: 1 },
  });
};

const file = async (lines: readonly string[]) => `${await folderOf({ "a.jsonl": lines.join("\n") })}/a.jsonl`;
const of = (operator: unknown, dispose: () => PromiseLike<void> = async () => {}): TypedSource => ({
  operator: operator as LoadOperator,
  [Symbol.asyncDispose]: async () => await dispose(),
});

/** The sources, each with an operator that loads all that it gives. */
export const SOURCES: Readonly<Record<string, (database: SourceDatabase) => Promise<TypedSource>>> = {
  "JSON Lines": async () => {
    const path = await file(LINES);
    return of(rows(() => jsonl(path) as RecordSource<never>));
  },
  "an HTTP API": async () => {
    const server = await apiServer((_, response) => json(response, `[${LINES.join(",")}]`));
    return of(
      rows(() => http({ url: server.url }) as RecordSource<never>),
      () => server[Symbol.asyncDispose](),
    );
  },
  Parquet: async () => {
    const path = join(import.meta.dirname, "../../extract/parquet-files/types.parquet");
    return of(rows(() => parquet(path) as RecordSource<never>));
  },
  "a PostgreSQL table": async ({ url, execute }) => {
    await execute(`${CREATE}; INSERT INTO things (id, big, price, ratio, text, data, micros, list, prices, struct) VALUES
      (1, 9007199254740993, ${LONG}, 'NaN', '123', '\\x00ff', '2024-01-01 00:00:00.123456Z', '"123"', '"null"', '{"n": [${LONG}, 9007199254740993]}'),
      (2, NULL, NULL, '-Infinity', 'null', '\\x', 'infinity', '123', '"no JSON"', '"{\\"a\\": 1}"')`);
    return of(rows(() => postgresTable(url, "things") as RecordSource<never>));
  },
  "change events": async () => {
    const path = await file(LINES.map(eventLine));
    return of(
      changes(
        () => jsonl(path) as RecordSource<never>,
        (record) => changeFields(record),
      ),
    );
  },
  "Debezium's envelope": async () => {
    const path = await file(LINES.map(envelope));
    return of(
      changes(
        () => jsonl(path) as RecordSource<never>,
        (record) => debezium(record),
      ),
    );
  },
  "a replication slot": async ({ url, execute }) => {
    await execute(`${CREATE}; CREATE PUBLICATION things FOR TABLE things`);
    // One for each run: both read all of it.
    const slots = ["first", "second"];
    const each = (call: string) => execute(slots.map((slot) => `SELECT ${call.replace("SLOT", slot)}`).join(";"));
    await each("pg_create_logical_replication_slot('SLOT', 'pgoutput')");
    await execute(`INSERT INTO things (id, big, price, ratio, text, data, list, prices, struct) VALUES
      (1, 9007199254740993, ${LONG}, 'NaN', '123', '\\x00ff', '"123"', '"null"', '{"n": [${LONG}]}'), (2, 1, 1, 1, '', '\\x', '1', '1', '1')`);
    await execute("UPDATE things SET id = 5 WHERE id = 2");
    let runs = 0;
    const options = { publication: "things", table: "things", snapshot: false } as const;
    return of(
      changes(
        () => replication(url, { ...options, slot: slots[runs++]! }) as RecordSource<never>,
        (event) => event,
      ),
      async () => await each("pg_drop_replication_slot('SLOT')"),
    );
  },
};

import { applyChanges, defineOperator, type LoadOperator, type RecordSource } from "@millrace/sdk";
import { runOperator, type PostgresServer } from "@millrace/sdk/testing";
import { startTestServer } from "./test-server.ts";
import { customType, integer, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";

/** A change as a source captures it. */
export interface CustomerEvent {
  readonly operation: "insert" | "update" | "delete";
  readonly region: string;
  readonly id: number;
  readonly sequence: number;
  readonly name: string;
  readonly email: string | null;
  /** The key it had before. */
  readonly previous: { readonly region: string; readonly id: number } | null;
}

export interface CustomersVariant {
  readonly deletion: "hard" | "soft";
  readonly sequence: "numeric" | "text" | "pg_lsn";
  readonly partitioned: boolean;
  /** Of tombstones. */
  readonly keepDays?: number;
}

const pgLsn = customType<{ data: string }>({ dataType: () => "pg_lsn" });
const sequences = { numeric: () => numeric("lsn"), text: () => text("lsn"), pg_lsn: () => pgLsn("lsn") } as const;

function customers({ deletion, sequence }: CustomersVariant) {
  const columns = {
    region: text("region").notNull(),
    id: integer("id").notNull(),
    name: text("name").notNull(),
    email: text("email"),
    lsn: sequences[sequence]() as ReturnType<typeof sequences.text>,
  };
  const whole = { ...columns, deletedAt: timestamp("deleted_at", { withTimezone: true, mode: "string" }) };
  return pgTable("customers", deletion === "soft" ? whole : (columns as typeof whole));
}

/** `loaded` is not given by rows: where it is not 7, a row has been kept. */
export function createCustomers({ deletion, sequence, partitioned }: CustomersVariant, constraints = ""): string {
  const mark = deletion === "soft" ? ", deleted_at timestamptz" : "";
  return `CREATE TABLE customers (region text NOT NULL, id int NOT NULL, name text NOT NULL, email text, lsn ${sequence}${mark}, loaded int DEFAULT 7,
  PRIMARY KEY (region, id)${constraints}) ${partitioned ? "PARTITION BY LIST (region)" : ""};
${partitioned ? "CREATE TABLE customers_north PARTITION OF customers FOR VALUES IN ('north'); CREATE TABLE customers_other PARTITION OF customers DEFAULT" : ""}`;
}

/** As PostgreSQL writes an LSN: as text, `F/FFFFFFFF` would come behind `10/0`. */
export function sequenceText(sequence: number, { sequence: type }: Pick<CustomersVariant, "sequence">): string {
  const hex = (part: number) => part.toString(16).toUpperCase();
  return type === "numeric" ? String(sequence) : `${hex(Math.floor(sequence / 2 ** 32))}/${hex(sequence % 2 ** 32)}`;
}

/** When a deletion with this sequence happened. */
export function deletionTime(sequence: number): string {
  return new Date(Date.UTC(2024, 0, 1) + sequence * 1000).toISOString();
}

export function customersOperator(
  events: readonly CustomerEvent[],
  variant: CustomersVariant,
  chunkRows = 25_000,
): LoadOperator {
  const target = customers(variant);
  return defineOperator({
    name: "customers",
    extract: () => eventSource(events, chunkRows),
    transform: ({ operation, region, id, sequence, name, email, previous }) => {
      const key = { region, id, lsn: sequenceText(sequence, variant) };
      return operation === "delete"
        ? { operation, row: { ...key, name: "not looked at", deletedAt: deletionTime(sequence) } }
        : { operation, row: { ...key, name, email }, previousKey: previous };
    },
    target,
    load: applyChanges({
      key: [target.region, target.id],
      sequence: target.lsn,
      ...(variant.deletion === "soft" && { softDelete: target.deletedAt }),
      ...(variant.keepDays !== undefined && { tombstones: { keepDays: variant.keepDays } }),
    }),
    chunks: { maxRows: chunkRows },
  });
}

let sources = 0;

/** Records that are given `batchRows` at a time, so that chunks can end there. */
export function eventSource<T>(records: readonly T[], batchRows: number): RecordSource<T> {
  const uri = `memory:${(sources += 1)}`;
  return {
    kind: "records",
    uri,
    local: true,
    fingerprint: async () => uri,
    async *open({ skip }) {
      for (let first = skip; first < records.length; first += batchRows) {
        yield {
          records: records.slice(first, first + batchRows),
          malformed: [],
          bytes: 0,
          position: (index) => ({ source: uri, line: first + index + 1, byteOffset: null }),
        };
      }
    },
  };
}

let server: PostgresServer | undefined;
let databases = 0;

export async function stopServer(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
}

export interface Customers extends AsyncDisposable {
  readonly url: string;
  readonly sql: Sql;
  /** Applies events and returns what became of them. */
  apply(events: readonly CustomerEvent[], chunkRows?: number): Promise<Record<string, unknown>>;
  rows(): Promise<string[]>;
  tombstones(): Promise<string[]>;
}

/** The URL of a new database. */
export async function databaseWith(statements: string): Promise<string> {
  server ??= await startTestServer();
  const url = await server.createDatabase(`changes_${(databases += 1)}`);
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(statements);
  await sql.end();
  return url;
}

export async function openCustomers(variant: CustomersVariant, constraints = ""): Promise<Customers> {
  const url = await databaseWith(createCustomers(variant, constraints));
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const deleted = variant.deletion === "soft" ? sql`|| ' ' || (deleted_at IS NOT NULL)` : sql``;
  return {
    url,
    sql,
    async apply(events, chunkRows) {
      const { materializations } = await runOperator(customersOperator(events, variant, chunkRows), {
        databaseUrl: url,
      });
      return materializations[0]!.metadata as Record<string, unknown>;
    },
    rows: async () => {
      const rows =
        await sql`SELECT concat_ws(' ', region, id, name, coalesce(email, '-'), lsn::text) ${deleted} AS line FROM customers`;
      return rows.map(({ line }) => line as string).toSorted();
    },
    tombstones: async () => {
      const rows = await sql`SELECT key, sequence FROM millrace.tombstones WHERE target_table = 'public.customers'`;
      return rows.map(({ key, sequence }) => `${JSON.stringify(JSON.parse(key as string))} ${sequence}`).toSorted();
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

export const HARD: CustomersVariant = { deletion: "hard", sequence: "numeric", partitioned: false };
export const SOFT: CustomersVariant = { ...HARD, deletion: "soft" };

/** A change of a customer in the north. */
export function event(
  operation: CustomerEvent["operation"],
  id: number,
  sequence: number,
  more: Partial<CustomerEvent> = {},
): CustomerEvent {
  return { operation, region: "north", id, sequence, name: `name ${sequence}`, email: null, previous: null, ...more };
}

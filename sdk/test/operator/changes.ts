import { applyChanges, defineOperator, type Operator, type RecordSource } from "@millrace/sdk";
import { customType, integer, numeric, pgTable, text, timestamp } from "drizzle-orm/pg-core";

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

export function customersOperator(events: readonly CustomerEvent[], variant: CustomersVariant, chunkRows = 25_000): Operator {
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

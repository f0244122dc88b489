import type { TargetColumn } from "../target-columns.ts";

/** How a column's values are written in the binary form of COPY. */
export const BinaryKind = {
  int2: 0,
  int4: 1,
  int8: 2,
  numeric: 3,
  float8: 4,
  boolean: 5,
  date: 6,
  timestamp: 7,
  uuid: 8,
  text: 9,
} as const;

const KINDS: Readonly<Record<string, number>> = {
  smallint: BinaryKind.int2,
  smallserial: BinaryKind.int2,
  integer: BinaryKind.int4,
  serial: BinaryKind.int4,
  bigint: BinaryKind.int8,
  bigserial: BinaryKind.int8,
  numeric: BinaryKind.numeric,
  "double precision": BinaryKind.float8,
  boolean: BinaryKind.boolean,
  date: BinaryKind.date,
  timestamp: BinaryKind.timestamp,
  "timestamp with time zone": BinaryKind.timestamp,
  uuid: BinaryKind.uuid,
  text: BinaryKind.text,
  varchar: BinaryKind.text,
  char: BinaryKind.text,
};

/**
 * The kinds of columns that are in the table what they are declared to be, as preflight has seen to; null where one of them has a
 * type that is sent as text. `real` is one: PostgreSQL rounds its text once, JavaScript would twice.
 */
export function binaryKinds(columns: readonly Pick<TargetColumn, "sqlType">[]): Uint8Array | null {
  const kinds = columns.map(({ sqlType }) => KINDS[sqlType.replace(/ ?\([^)]*\)/, "")]);
  return kinds.every((kind) => kind !== undefined) ? Uint8Array.from(kinds) : null;
}

import { sql } from "drizzle-orm";
import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { decodeLine, fieldOfLine } from "../postgres/copy-lines.ts";
import { copyOut } from "../postgres/copy-out.ts";
import type { Relation } from "../postgres/relation.ts";
import { segments } from "../postgres/segments.ts";
import { cursorOf, type OrderedBy } from "../postgres/watermark.ts";
import type { ChangeEvent } from "../changes/change-event.ts";

export interface Snapshot {
  readonly relation: Relation;
  /** What the publication lets through. */
  readonly names: readonly string[];
  readonly filter: string | null;
  /** Of all its rows: less than that of any change which the slot keeps. */
  readonly sequence: string;
  /** The key of the last row that was read; null at the beginning. */
  readonly after: Json | null;
}

/**
 * A table's rows as they are now, in the order of its key, each as an insert that is older than any change in the slot: those changes
 * then bring the rows to where they are to be, whatever of them the rows have in them already.
 */
export async function* snapshotRows(
  client: pg.Client,
  { relation, names, filter, sequence, after: begin }: Snapshot,
): AsyncIterable<{ readonly events: readonly ChangeEvent[]; readonly after: Json; readonly bytes: number }> {
  const columns = relation.key.map((name) => relation.columns.find((column) => column.name === name)!);
  if (columns.length === 0) {
    throw new FatalError("REPLICATION", `${relation.from} has no primary key, by which its rows could be read`, {
      fix: "Give it one, or pass `snapshot: false` and load its rows by other means",
    });
  }
  const order: OrderedBy = {
    watermark: { column: columns[0]!.name, lag: "0", horizon: false, timeZone: "UTC" },
    columns,
    isTime: false,
    lag: null,
  };
  const where = filter === null ? undefined : sql.raw(filter);
  const [segment] = segments({
    relation,
    names,
    where,
    window: undefined,
    order,
    bound: null,
    cursor: begin,
    again: false,
  });
  const places = columns.map(({ name }) => names.indexOf(name));
  for await (const { bytes, rowCount, ends } of copyOut(client, segment!.statement)) {
    const start = (row: number) => (row === 0 ? 0 : ends[row - 1]!);
    const last = rowCount - 1;
    const key = places.map((index) => fieldOfLine(bytes, start(last), { index, end: ends[last]! })!);
    yield {
      events: Array.from({ length: rowCount }, (_, row) => {
        const values = decodeLine(bytes, start(row), ends[row]!);
        const given = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
        return { operation: "insert", before: null, after: given, sequence, at: null } as const;
      }),
      after: cursorOf(order, key),
      bytes: bytes.length,
    };
  }
}

import { randomUUID } from "node:crypto";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import type { ChangeEvent } from "../changes/change-event.ts";
import { describeRelation } from "../postgres/relation.ts";
import { connectSource, sourceUri } from "../postgres/source-connection.ts";
import type { OpenOptions, RecordBatch, RecordSource } from "../source.ts";
import { loggedChanges } from "./logged-changes.ts";
import { lsnText, parseLsn } from "./lsn.ts";
import { published } from "./publication.ts";
import { confirm, endOfLog, openSlot } from "./slot.ts";
import { snapshotRows } from "./snapshot.ts";
import { Transactions, type LogPlace } from "./transactions.ts";
import { fillUnchanged } from "./unchanged-values.ts";

export interface ReplicationOptions {
  /** A slot of this operator alone; made by the first run. */
  readonly slot: string;
  /** Has to be there, with the table in it. */
  readonly publication: string;
  /** As in SQL: `orders`, `sales."Order"`. */
  readonly table: string;
  /** Begins with the rows that are there. Default true. */
  readonly snapshot?: boolean;
}

/** Where a run goes on: in the table's rows as they were at first, or in the log. */
type Cursor =
  | { readonly snapshot: string; readonly after: Json | null }
  | { readonly lsn: string; readonly skip: number };

/**
 * A PostgreSQL table's changes by logical replication (pgoutput, `wal_level = logical`), for `applyChanges`; see `changesOf`.
 * `database` is the name of an environment variable with the source's URL, or the URL. A run reads what was committed until its
 * start. The first one makes the slot and reads the table's rows; the server keeps what comes after until it is committed at
 * the target, of which it is told when a run ends, and again when the next one begins.
 *
 * Raises FatalError REPLICATION, SLOT_LOST, SOURCE_TABLE, RetryableError SLOT_BUSY, and what PostgreSQL says.
 */
export function replication(database: string, options: ReplicationOptions): RecordSource<ChangeEvent> {
  const { slot, table } = options;
  return {
    kind: "records",
    get uri() {
      return sourceUri(database, table);
    },
    local: false,
    resumes: "cursor",
    fingerprint: async () => randomUUID(),
    async *open(open) {
      try {
        yield* readChanges(database, options, open);
      } catch (error) {
        open.signal.throwIfAborted();
        throw databaseError(error);
      }
    },
    async committed(cursor, signal) {
      const place = cursor as Cursor;
      if (!("lsn" in place) || place.skip > 0) return;
      await using connection = await connectSource(database, { name: table, signal });
      await confirm(connection.client, slot, parseLsn(place.lsn));
    },
  };
}

async function* readChanges(
  database: string,
  options: ReplicationOptions,
  { signal, checkpoint = null, dryRun = false }: OpenOptions,
): AsyncIterable<RecordBatch<ChangeEvent>> {
  const { slot, table: name, publication, snapshot = true } = options;
  await using log = await connectSource(database, { name, signal });
  await using rows = await connectSource(database, { name, signal });
  const { client } = log;
  const relation = await describeRelation(client, name);
  const { table } = relation;
  if (table === null) throw new FatalError("SOURCE_TABLE", `${name} is no table`);
  const { names, filter } = await published(client, { publication, table, relation });
  const batch = batchesOf(sourceUri(database, name));

  let cursor = checkpoint as Cursor | null;
  if (cursor === null) {
    const start = lsnText(dryRun ? await endOfLog(client) : await openSlot(client, slot));
    cursor = snapshot ? { snapshot: start, after: null } : { lsn: start, skip: 0 };
  } else if (!dryRun) {
    await confirm(client, slot, parseLsn("lsn" in cursor ? cursor.lsn : cursor.snapshot));
  }
  if ("snapshot" in cursor) {
    const { snapshot: sequence } = cursor;
    for await (const read of snapshotRows(rows.client, { relation, names, filter, sequence, after: cursor.after })) {
      yield batch(read.events, { snapshot: sequence, after: read.after }, read.bytes);
    }
    cursor = { lsn: sequence, skip: 0 };
  }
  if (dryRun && checkpoint === null) return; // there is no slot that would have kept what comes after
  const from = { lsn: parseLsn(cursor.lsn), skip: cursor.skip };
  const transactions = new Transactions(table, from);
  const end = await endOfLog(client);
  for await (const logged of loggedChanges(client, { slot, publication, upTo: lsnText(end) })) {
    const events = logged.flatMap((row) => transactions.take(row) ?? []);
    yield batch(await fillUnchanged(rows.client, relation, events), placeCursor(transactions.place), 0);
  }
  const { lsn } = transactions.place;
  yield batch([], placeCursor({ lsn: lsn > end ? lsn : end, skip: 0 }), 0);
}

function placeCursor({ lsn, skip }: LogPlace): Cursor {
  return { lsn: lsnText(lsn), skip };
}

function batchesOf(uri: string) {
  const position = { source: uri, line: null, byteOffset: null };
  return (records: readonly ChangeEvent[], cursor: Cursor, bytes: number): RecordBatch<ChangeEvent> => ({
    records,
    malformed: [],
    bytes,
    cursor,
    position: () => position,
  });
}

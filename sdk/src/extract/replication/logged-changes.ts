import pg from "pg";
import { copyOut } from "../postgres/copy-out.ts";
import { decodeMessage, type LoggedMessage } from "./pgoutput.ts";

export interface LoggedRow {
  readonly lsn: bigint;
  readonly message: LoggedMessage;
}

export interface LoggedOptions {
  readonly slot: string;
  readonly publication: string;
  /** In the server's own writing. */
  readonly upTo: string;
}

/** Signature, flags and extension of COPY's binary format. */
const HEADER_BYTES = 19;

/**
 * The messages of a slot's transactions up to a place in the log, in the order of their commits, without confirming any: the server keeps
 * them on its disk, not in memory, and gives some at a time. Raises the server's error.
 */
export async function* loggedChanges(client: pg.Client, options: LoggedOptions): AsyncIterable<readonly LoggedRow[]> {
  const slot = pg.escapeLiteral(options.slot);
  const publications = pg.escapeLiteral(pg.escapeIdentifier(options.publication));
  const peek = `pg_logical_slot_peek_binary_changes(${slot}, ${pg.escapeLiteral(options.upTo)}, NULL, 'proto_version', '1', 'publication_names', ${publications})`;
  let first = true;
  for await (const { bytes, rowCount, ends } of copyOut(
    client,
    `COPY (SELECT lsn, data FROM ${peek}) TO STDOUT (FORMAT binary)`,
  )) {
    const rows: LoggedRow[] = [];
    let start = first ? HEADER_BYTES : 0;
    for (let row = 0; row < rowCount; row += 1) {
      const end = ends[row]!;
      const tuple = bytes.subarray(start, end);
      start = end;
      if (tuple.length < 2 || tuple.readInt16BE(0) === -1) continue; // what ends the format
      // Two fields, each behind its length.
      rows.push({ lsn: tuple.readBigUInt64BE(6), message: decodeMessage(tuple.subarray(18)) });
    }
    first = false;
    yield rows;
  }
}

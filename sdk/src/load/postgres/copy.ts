import { once } from "node:events";
import { getDefaultHighWaterMark } from "node:stream";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { RetryableError } from "../../errors/millrace-error.ts";
import { dropConnection, longestSilenceOf } from "./connection.ts";

const WRITE_BYTES = 256 * 1024;

/** Rows that are written when they are sent. */
export interface RowPieces {
  readonly format: "text" | "binary";
  /** Each has to be done with when the next one is asked for: see `KEPT_BYTES`. */
  pieces(): Iterable<Buffer>;
}

/** What is shorter a stream takes without a word, and writes later: its memory must not be written to again. */
export const KEPT_BYTES: number = getDefaultHighWaterMark(false);

export interface CopyOptions {
  /** Only rows of which this is true. */
  readonly where?: string;
  /** Into a table that this transaction has emptied: the rows need no vacuum, and are there for all who ever see the table. */
  readonly freeze?: boolean;
  /** Within a savepoint of this name, constraints that wait for the commit included: all in one message. */
  readonly savepoint?: string;
}

/** Sends rows, COPY text or its binary form, to the server and returns the number of rows it took. Raises the server's error. */
export async function copyRows(
  client: pg.Client,
  into: string,
  rows: Buffer | RowPieces,
  { where, freeze, savepoint }: CopyOptions = {},
): Promise<number> {
  const format = `(FORMAT ${Buffer.isBuffer(rows) ? "text" : rows.format}${freeze ? ", FREEZE" : ""})`;
  const copy = `COPY ${into} FROM STDIN ${format}${where === undefined ? "" : ` WHERE ${where}`}`;
  const statements =
    savepoint === undefined
      ? copy
      : `SAVEPOINT ${savepoint}; ${copy}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE ${savepoint}`;
  return await send(client, statements, Buffer.isBuffer(rows) ? piecesOf(rows) : rows.pieces());
}

function* piecesOf(text: Buffer): Generator<Buffer> {
  for (let at = 0; at < text.length; at += WRITE_BYTES) yield text.subarray(at, at + WRITE_BYTES);
}

async function send(client: pg.Client, statement: string, pieces: Iterable<Buffer>): Promise<number> {
  const stream = client.query(copyFrom(statement));
  // The server may refuse at any byte: whoever waits next has to hear of it.
  let refused: unknown;
  const finished = new Promise<void>((resolve, reject) => {
    stream.once("finish", resolve);
    stream.once("error", (error) => {
      refused = error;
      reject(error);
    });
  });
  finished.catch(() => {});
  const silent = () =>
    dropConnection(
      client,
      new RetryableError("DATABASE_SILENT", "PostgreSQL has not taken a chunk's rows in time, nor refused them"),
    );
  const watch = setTimeout(silent, longestSilenceOf(client));
  try {
    for (const piece of pieces) {
      if (!stream.write(piece)) await Promise.race([once(stream, "drain"), finished]);
      if (refused !== undefined) break;
      watch.refresh();
    }
    if (refused === undefined) stream.end();
    await finished;
  } finally {
    clearTimeout(watch);
  }
  return stream.rowCount;
}

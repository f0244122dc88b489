import { once } from "node:events";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { RetryableError } from "../../errors/millrace-error.ts";
import { dropConnection, longestSilenceMs } from "./connection.ts";

const WRITE_BYTES = 256 * 1024;

export interface CopyOptions {
  /** Only rows of which this is true. */
  readonly where?: string;
  /** Into a table that this transaction has emptied: the rows need no vacuum, and are there for all who ever see the table. */
  readonly freeze?: boolean;
  /** Within a savepoint of this name, constraints that wait for the commit included: all in one message. */
  readonly savepoint?: string;
}

/** Sends COPY text to the server and returns the number of rows it took. Raises the server's error. */
export async function copyRows(
  client: pg.Client,
  into: string,
  data: Buffer,
  { where, freeze, savepoint }: CopyOptions = {},
): Promise<number> {
  const copy = `COPY ${into} FROM STDIN${freeze ? " (FREEZE)" : ""}${where === undefined ? "" : ` WHERE ${where}`}`;
  const statements =
    savepoint === undefined
      ? copy
      : `SAVEPOINT ${savepoint}; ${copy}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE ${savepoint}`;
  return await send(client, statements, data);
}

async function send(client: pg.Client, statement: string, data: Buffer): Promise<number> {
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
  const watch = setTimeout(silent, longestSilenceMs(client));
  try {
    for (let at = 0; at < data.length && refused === undefined; at += WRITE_BYTES) {
      if (!stream.write(data.subarray(at, at + WRITE_BYTES))) await Promise.race([once(stream, "drain"), finished]);
      watch.refresh();
    }
    if (refused === undefined) stream.end();
    await finished;
  } finally {
    clearTimeout(watch);
  }
  return stream.rowCount;
}

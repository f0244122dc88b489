import type pg from "pg";
import { RetryableError } from "../../errors/millrace-error.ts";
import { dropConnection, longestSilenceOf } from "../../load/postgres/connection.ts";

/** Whole rows of a COPY, one behind the other. */
export interface CopiedRows {
  readonly bytes: Buffer;
  readonly rowCount: number;
  /** Offset behind each row's newline. */
  readonly ends: Int32Array;
}

/** So much is given at a time, in bytes or rows, whichever comes first. */
const BLOCK_BYTES = 256 * 1024;
const BLOCK_ROWS = 5_000;
/** Blocks that wait to be taken before the server has to wait. */
const MAX_WAITING = 2;

const HEADER = 5;
const COPY_DATA = 0x64;
/** Messages that may come in between and say nothing about the rows: CopyOutResponse, NoticeResponse, ParameterStatus, NotificationResponse. */
const PASSED_OVER = new Set([0x48, 0x4e, 0x53, 0x41]);

/** Rows of `COPY … TO STDOUT` (text), as the server sends them. Raises the server's error. */
export async function* copyOut(client: pg.Client, statement: string): AsyncIterable<CopiedRows> {
  const copy = new CopyOut(statement);
  client.query(copy as unknown as pg.Submittable);
  const silent = new RetryableError("DATABASE_SILENT", "The source has not given another row in time");
  try {
    for (;;) {
      const watch = setTimeout(() => dropConnection(client, silent), longestSilenceOf(client));
      const rows = await copy.next().finally(() => clearTimeout(watch));
      if (rows === null) return;
      yield rows;
    }
  } finally {
    // Whoever stops early can not use the connection any more: the server is in the middle of its answer.
    if (!copy.ended) dropConnection(client);
  }
}

interface Listener {
  (data: Buffer): void;
}

interface SocketLike {
  listeners(event: "data"): Listener[];
  on(event: "data", listener: Listener): void;
  off(event: "data", listener: Listener): void;
  pause(): void;
  resume(): void;
}

/**
 * A query that reads the messages of a COPY by itself, each of which is one row (PostgreSQL documentation, 54.2.7): a driver that makes
 * an object of each takes several times as long. Everything before and after them is left to the driver.
 */
class CopyOut {
  readonly text: string;
  ended = false;
  #socket: SocketLike | undefined;
  #driver: Listener | undefined;
  readonly #listener: Listener = (data) => this.#take(data);
  /** A message's head that has not wholly arrived. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the present message that are still to come; those of a row are kept. */
  #left = 0;
  #isRow = false;
  #bytes: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES * 2);
  #length = 0;
  #ends = new Int32Array(BLOCK_ROWS);
  #rows = 0;
  readonly #waiting: CopiedRows[] = [];
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Called by the driver when the query's turn has come. */
  submit(connection: { readonly stream: SocketLike; query(text: string): void }): void {
    const socket = connection.stream;
    this.#socket = socket;
    this.#driver = socket.listeners("data")[0]!;
    socket.off("data", this.#driver);
    socket.on("data", this.#listener);
    connection.query(this.text);
  }

  /** The next rows; null behind the last. */
  async next(): Promise<CopiedRows | null> {
    for (;;) {
      const rows = this.#waiting.shift();
      if (rows !== undefined) {
        if (this.#waiting.length < MAX_WAITING && !this.ended) this.#socket?.resume();
        return rows;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.ended) return null;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  handleError(error: Error): void {
    this.#giveBack(null);
    this.#failure = error;
    this.ended = true;
    this.#wake?.();
  }

  handleReadyForQuery(): void {
    this.ended = true;
    this.#wake?.();
  }

  handleCommandComplete(): void {}

  #take(data: Buffer): void {
    let at = 0;
    while (at < data.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, data.length - at);
        if (this.#isRow) this.#keep(data, at, at + taken);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0 && this.#isRow) this.#endRow();
        continue;
      }
      const missing = HEADER - this.#head.length;
      if (this.#head.length > 0 || data.length - at < HEADER) {
        const part = data.subarray(at, at + missing);
        this.#head = Buffer.concat([this.#head, part]);
        if (this.#head.length < HEADER) return;
        if (!this.#begin(this.#head[0]!, this.#head.readUInt32BE(1))) {
          this.#giveBack(Buffer.concat([this.#head, data.subarray(at + part.length)]));
          return;
        }
        this.#head = Buffer.alloc(0);
        at += part.length;
        continue;
      }
      if (!this.#begin(data[at]!, data.readUInt32BE(at + 1))) {
        this.#giveBack(data.subarray(at));
        return;
      }
      at += HEADER;
    }
  }

  /** Begins a message; false for one that is the driver's. */
  #begin(type: number, length: number): boolean {
    this.#isRow = type === COPY_DATA;
    if (!this.#isRow && !PASSED_OVER.has(type)) return false;
    this.#left = length - 4;
    return true;
  }

  #keep(data: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    data.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }

  #endRow(): void {
    this.#ends[this.#rows] = this.#length;
    this.#rows += 1;
    if (this.#rows === BLOCK_ROWS || this.#length >= BLOCK_BYTES) this.#give();
  }

  #give(): void {
    if (this.#rows === 0) return;
    this.#waiting.push({
      bytes: this.#bytes.subarray(0, this.#length),
      rowCount: this.#rows,
      ends: this.#ends,
    });
    this.#bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES * 2);
    this.#ends = new Int32Array(BLOCK_ROWS);
    this.#length = 0;
    this.#rows = 0;
    if (this.#waiting.length >= MAX_WAITING) this.#socket?.pause();
    this.#wake?.();
  }

  /** Lets the driver go on, with what has arrived. */
  #giveBack(data: Buffer | null): void {
    const driver = this.#driver;
    if (driver === undefined) return;
    this.#driver = undefined;
    this.#give();
    this.#socket?.off("data", this.#listener);
    this.#socket?.on("data", driver);
    this.#socket?.resume();
    if (data !== null) driver(data);
  }
}

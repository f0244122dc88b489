import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { ordersDatabase, stopServer } from "./orders.ts";

afterAll(stopServer);

const ROWS = 120_000;
const NOTE = "n".repeat(200);

/** A quarter is no row of the table, and one in a hundred breaks its check. */
function* lines(): Generator<string> {
  yield "id,amount,note\n";
  for (let id = 0; id < ROWS; id += 1) {
    const amount = id % 4 === 0 ? "none" : id % 100 === 1 ? "-1" : "12.50";
    yield `${id},${amount},${NOTE}\n`;
  }
}

interface Looked {
  readonly looks: number;
  /** Bytes that were live in the second fifth of the load, and in the last. */
  readonly early: number;
  readonly late: number;
  readonly inserted: number;
  readonly rejected: number;
}

test.for(["bytes", "objects"])(
  "no more memory is live at the end of a load than at its beginning, rejects and refused rows included: %s",
  async (name) => {
    await using database = await ordersDatabase();
    await using cleanUp = new AsyncDisposableStack();
    await database.sql`DROP TABLE IF EXISTS orders`;
    await database.sql`CREATE TABLE orders (id int PRIMARY KEY, amount numeric NOT NULL CHECK (amount >= 0), note text, row_hash text)`;
    const folder = await mkdtemp(join(tmpdir(), "millrace-memory-"));
    cleanUp.defer(() => rm(folder, { recursive: true }));
    const file = join(folder, "orders.csv");
    await pipeline(Readable.from(lines()), createWriteStream(file));

    const child = ["--expose-gc", join(import.meta.dirname, "live-memory-child.ts"), database.url, file, name];
    const { stdout } = await execa(process.execPath, child);
    const { looks, early, late, inserted, rejected } = JSON.parse(stdout) as Looked;

    expect({ inserted, rejected }).toEqual({ inserted: ROWS * 0.74, rejected: ROWS * 0.26 });
    expect(looks).toBeGreaterThanOrEqual(10);
    expect(late / early).toBeLessThan(1.1);
  },
);

import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { generator, writeOrders } from "../load/data.ts";
import { makeEvents, writeEvents } from "../load/events.ts";

const DAY_MS = 86_400_000;
const YEAR = Date.UTC(2024, 0, 1);
const DAYS = 366;
/** The one that is loaded again. */
const DAY = (Date.UTC(2024, 5, 15) - YEAR) / DAY_MS;

/** Everybody's files, written when they are first asked for. */
export class PeerFiles {
  readonly #folder: string;
  readonly #rows: number;
  readonly #written = new Map<string, Promise<string>>();

  constructor(folder: string, rows: number) {
    this.#folder = folder;
    this.#rows = rows;
  }

  /** Orders. */
  readonly clean = (): Promise<string> => this.#once("clean", (path) => writeOrders({ path, rows: this.#rows }));

  /** The same, a tenth of them with another note. */
  readonly changed = (): Promise<string> =>
    this.#once("changed", (path) => writeOrders({ path, rows: this.#rows, changed: 0.1 }));

  /** Two orders. */
  readonly few = (): Promise<string> => this.#once("few", (path) => writeOrders({ path, rows: 2 }));

  /** Orders of a year, as many each day. */
  readonly year = (): Promise<string> => this.#once("year", (path) => writeDays(path, this.#days(0, DAYS)));

  /** The folder with one day of them, of which a tenth has another note, some are gone and some are new. */
  readonly day = async (): Promise<string> =>
    await this.#folderOnce("day", (path) =>
      writeDays(join(path, `${keyOf(DAY)}.csv`), this.#days(DAY, DAY + 1), { corrected: this.#rows }),
    );

  /** The folder with the first so many days, a file each. */
  readonly days = async (count: number): Promise<string> =>
    await this.#folderOnce("days", async (path) => {
      for (let day = 0; day < count; day += 1)
        await writeDays(join(path, `${keyOf(day)}.csv`), this.#days(day, day + 1));
    });

  readonly fewEvents = (): Promise<string> => this.#once("few-events", (path) => writeEvents(path, makeEvents(2, 1)));

  get dayRows(): number {
    return Math.floor(this.#rows / DAYS);
  }

  /** Changes of customers. */
  readonly events = (count: number, keys: number): Promise<string> =>
    this.#once("events", (path) => writeEvents(path, makeEvents(count, keys)));

  *#days(from: number, to: number): Iterable<{ readonly id: number; readonly at: number }> {
    const perDay = this.dayRows;
    for (let day = from; day < to; day += 1)
      for (let index = 0; index < perDay; index += 1)
        yield { id: day * perDay + index, at: YEAR + day * DAY_MS + Math.floor((index / perDay) * DAY_MS) };
  }

  async #folderOnce(name: string, write: (path: string) => Promise<void>): Promise<string> {
    const folder = await this.#once(name, async (path) => {
      await mkdir(path);
      await write(path);
    });
    return folder;
  }

  async #once(name: string, write: (path: string) => Promise<void>): Promise<string> {
    const path = join(this.#folder, `${name}.csv`);
    const writing = this.#written.get(path) ?? write(path).then(() => path);
    this.#written.set(path, writing);
    return await writing;
  }
}

/** The partition of a day of the year. */
export const keyOf = (day: number): string => new Date(YEAR + day * DAY_MS).toISOString().slice(0, 10);

/** With `corrected`, every tenth row has another note, and every hundredth a new id, from that number on. */
async function writeDays(
  path: string,
  rows: Iterable<{ readonly id: number; readonly at: number }>,
  { corrected }: { readonly corrected?: number } = {},
): Promise<void> {
  const out = createWriteStream(path);
  const random = generator(777);
  const whole = (below: number) => Math.floor(random() * below);
  let text = "id,customer_id,created_at,status,amount,quantity,email,note\n";
  for (const { id, at } of rows) {
    const shownId = corrected !== undefined && id % 100 === 50 ? corrected + id : id;
    const note = `note ${whole(1_000_000)}${corrected !== undefined && id % 10 === 0 ? " changed" : ""}`;
    const created = new Date(at).toISOString().replace(/\.\d+/, "");
    const status = ["new", "paid", "sent", "done"][whole(4)];
    text += `${shownId},${whole(100_000)},${created},${status},${(random() * 1000).toFixed(2)},${1 + whole(9)},user${whole(100_000)}@example.com,${note}\n`;
    if (text.length > 1_000_000) {
      if (!out.write(text)) await once(out, "drain");
      text = "";
    }
  }
  out.end(text);
  await once(out, "finish");
}

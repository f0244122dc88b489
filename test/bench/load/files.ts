import { join } from "node:path";
import { splitCsv, writeOrders, type OrdersFile } from "./data.ts";

const KINDS = {
  clean: {},
  bad1: { bad: 0.01 },
  bad10: { bad: 0.1 },
  refused1: { refused: 0.01 },
  changed: { changed: 0.1 },
  one: { status: "new" },
  "one-changed": { status: "new", changed: 0.1 },
} as const satisfies Record<string, Partial<OrdersFile>>;

export type FileKind = keyof typeof KINDS;

/** Files of orders, written when they are first asked for. */
export class OrderFiles {
  readonly #folder: string;
  readonly #rows: number;
  readonly #written = new Map<string, Promise<string>>();

  constructor(folder: string, rows: number) {
    this.#folder = folder;
    this.#rows = rows;
  }

  /** The path of a file, of `times` as many rows. */
  async path(kind: FileKind, times = 1): Promise<string> {
    const path = join(this.#folder, `${kind}-${times}.csv`);
    const writing =
      this.#written.get(path) ?? writeOrders({ path, rows: this.#rows * times, ...KINDS[kind] }).then(() => path);
    this.#written.set(path, writing);
    return await writing;
  }

  /** The file in pieces of so many rows. */
  async pieces(kind: FileKind, rows: number): Promise<string[]> {
    return await splitCsv(await this.path(kind), rows);
  }
}

import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";

export interface OrdersFile {
  readonly path: string;
  readonly rows: number;
  /** Share of rows whose customer is no number, 0 to 1. */
  readonly bad?: number;
  /** Share of rows whose customer is below zero, which a check of the table refuses, 0 to 1. */
  readonly refused?: number;
  /** Share of rows whose note is another one than in the file without it, 0 to 1. */
  readonly changed?: number;
  /** All rows have this one; else one of four. */
  readonly status?: string;
}

const HEADER = "id,customer_id,created_at,status,amount,quantity,email,note\n";
const STATUS = ["new", "paid", "sent", "done"];

/** Writes a CSV of orders, about 80 bytes a row, the same for the same numbers. */
export async function writeOrders({
  path,
  rows,
  bad = 0,
  refused = 0,
  changed = 0,
  status,
}: OrdersFile): Promise<void> {
  const out = createWriteStream(path);
  const random = generator(12_345);
  let text = HEADER;
  for (let id = 0; id < rows; id += 1) {
    const whole = (below: number) => Math.floor(random() * below);
    const created = `2024-0${1 + whole(9)}-1${whole(9)}T0${whole(9)}:1${whole(9)}:2${whole(9)}Z`;
    const chance = random();
    const customer = chance < bad ? "unknown" : chance < refused ? -1 : whole(100_000);
    const chosen = status ?? STATUS[whole(4)];
    const amount = (random() * 1000).toFixed(2);
    text += `${id},${customer},${created},${chosen},${amount},${1 + whole(9)},user${whole(100_000)}@example.com,note ${whole(1_000_000)}${chance < changed ? " changed" : ""}\n`;
    if (text.length > 1_000_000) {
      if (!out.write(text)) await once(out, "drain");
      text = "";
    }
  }
  out.end(text);
  await once(out, "finish");
}

/** Numbers from 0 to 1, the same for the same seed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** Cuts a CSV file into files of so many rows, each with the header; returns their paths. */
export async function splitCsv(path: string, rows: number): Promise<string[]> {
  const [header, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  const paths: string[] = [];
  for (let at = 0; at < lines.length; at += rows) {
    const part = `${path}.${paths.length}`;
    await writeFile(part, `${header}\n${lines.slice(at, at + rows).join("\n")}\n`);
    paths.push(part);
  }
  return paths;
}

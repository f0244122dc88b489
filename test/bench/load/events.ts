import { writeFile } from "node:fs/promises";
import { generator } from "./data.ts";

export interface Event {
  readonly operation: "insert" | "update" | "delete";
  readonly id: number;
  readonly sequence: number;
  readonly name: string;
  readonly amount: string;
}

/** Changes as a source captures them, in its order: a key is inserted, updated some times, now and then deleted. */
export function makeEvents(count: number, keys: number): Event[] {
  const random = generator(54_321);
  const present = new Set<number>();
  return Array.from({ length: count }, (_, index) => {
    const id = Math.floor(random() * keys);
    const operation = !present.has(id) ? "insert" : random() < 0.1 ? "delete" : "update";
    if (operation === "delete") present.delete(id);
    else present.add(id);
    return { operation, id, sequence: index + 1, name: `customer ${id}`, amount: (random() * 1000).toFixed(2) };
  });
}

export async function writeEvents(path: string, events: readonly Event[]): Promise<void> {
  const lines = events.map(({ operation, id, sequence, name, amount }) =>
    [operation, id, sequence, name, amount].join(),
  );
  await writeFile(path, `operation,id,sequence,name,amount\n${lines.join("\n")}\n`);
}

/** A statement for each event. */
export function statements(events: readonly Event[]): string {
  const one = ({ operation, id, sequence, name, amount }: Event) => {
    if (operation === "delete") return `DELETE FROM customers WHERE id = ${id};`;
    if (operation === "insert") return `INSERT INTO customers VALUES (${id}, ${sequence}, '${name}', ${amount});`;
    return `UPDATE customers SET sequence = ${sequence}, name = '${name}', amount = ${amount} WHERE id = ${id};`;
  };
  return `${events.map(one).join("\n")}\n`;
}

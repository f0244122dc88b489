import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const ROWS = 12_000;

/** What the source of a scenario holds: before, for a target that has rows already, and now. */
export interface SourceFiles {
  readonly before: string;
  readonly now: string;
}

/** Items, a few of which are no rows, a few of which the server refuses. */
export async function writeItems(folder: string, random: () => number): Promise<SourceFiles> {
  const line = (id: number, amount: number, note: string) => `${id},2024-01-01,${(amount / 100).toFixed(2)},${note}\n`;
  const whole = (below: number) => Math.floor(random() * below);
  const note = (id: number) => {
    const chance = random();
    return chance < 0.003 ? "bad" : chance < 0.006 ? "refused" : chance < 0.01 ? "skip" : `note ${id}`;
  };
  let before = "";
  let now = "";
  for (let id = 0; id < ROWS; id += 1) {
    const item = line(id, whole(100_000), note(id));
    if (random() < 0.9) before += item;
    const chance = random();
    if (chance < 0.003) now += item.replace(/^/, "x");
    else if (chance < 0.7) now += item;
    else if (chance < 0.9) now += line(id, whole(100_000), note(id));
  }
  return await write(folder, { header: "id,day,amount,note\n", before, now });
}

/** Changes of a few thousand rows, with their sequence; some are older than what came before them. */
export async function writeChanges(folder: string, random: () => number): Promise<SourceFiles> {
  const whole = (below: number) => Math.floor(random() * below);
  const change = (sequence: number) => {
    const operation = random() < 0.2 ? "delete" : "upsert";
    const note = random() < 0.003 ? "refused" : `note ${sequence}`;
    const late = random() < 0.05 ? whole(1000) : 0;
    return `${whole(5000)},2024-01-01,${whole(1000)},${note},${Math.max(1, sequence - late)},${random() < 0.003 ? "shout" : operation}\n`;
  };
  const changes = (from: number) => Array.from({ length: ROWS }, (_, index) => change(from + index)).join("");
  return await write(folder, {
    header: "id,day,amount,note,sequence,operation\n",
    before: changes(1),
    now: changes(ROWS - 1000),
  });
}

async function write(
  folder: string,
  { header, before, now }: { readonly header: string; readonly before: string; readonly now: string },
): Promise<SourceFiles> {
  const files = { before: join(folder, "before.csv"), now: join(folder, "now.csv") };
  await writeFile(files.before, header + before);
  await writeFile(files.now, header + now);
  return files;
}

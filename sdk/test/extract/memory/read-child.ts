import { csv, jsonl, parquet, type RecordSource } from "@millrace/sdk";

// Reads files one after the other, and prints of each what the process still holds at its last record, and how much more than
// before it ever had: `node --expose-gc read-child.ts KIND PATH RECORDS …`, sizes in MiB.
const [, , kind = "", ...files] = process.argv;

const sources: Readonly<Record<string, (path: string) => RecordSource<unknown>>> = {
  csv: (path) => csv(path, { maxRecordBytes: 1_000_000 }),
  "csv-utf-16": (path) => csv(path, { encoding: "utf-16le" }),
  jsonl: (path) => jsonl(path, { maxRecordBytes: 1_000_000 }),
  parquet,
};

const MIB = 1024 * 1024;
const peak = () => process.resourceUsage().maxRSS / 1024;

async function readFile(path: string, records: number) {
  const before = peak();
  let read = 0;
  let held = 0;
  let error: string | null = null;
  try {
    for await (const batch of sources[kind]!(path).open({ signal: new AbortController().signal, skip: 0 })) {
      read += batch.records.length;
      if (read < records || batch.records.length === 0) continue;
      for (let times = 0; times < 3; times += 1) {
        globalThis.gc!();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const { heapUsed, external } = process.memoryUsage(); // external has the buffers in it
      held = (heapUsed + external) / MIB;
    }
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  return { read, held, error, more: peak() - before };
}

const all = [];
for (let at = 0; at < files.length; at += 2) all.push(await readFile(files[at]!, Number(files[at + 1])));
console.log(JSON.stringify(all));

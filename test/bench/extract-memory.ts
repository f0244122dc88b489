import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "@millrace/sdk/testing";
import { execa } from "execa";
import postgres from "postgres";
import { writeOrderFiles, type FileKind } from "./extract/files.ts";
import { resetSql } from "./load/tables.ts";
import { bundleWorker } from "./measure/bundle-worker.ts";
import { NODE_OPTIONS } from "./measure/node-options.ts";
import { median, report } from "./measure/report.ts";

// `pnpm bench extract-memory`: peak memory of a process that loads a file of some orders, and of ten times as many.
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "600000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const TIMES = 10;

const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
await using server = await startPostgres({ settings: { max_wal_size: "4GB", fsync: "off" } });
const url = await server.createDatabase("bench");
const sql = postgres(url, { max: 1, onnotice: () => {} });
const files = { few: await writeOrderFiles(folder, rows), many: await writeOrderFiles(folder, rows * TIMES) };
const worker = await bundleWorker(join(import.meta.dirname, "extract-memory/worker.ts"), folder);

async function peakMb(kind: FileKind, path: string): Promise<number> {
  await sql.unsafe(resetSql({ hashed: false }));
  const { stdout } = await execa(process.execPath, [...NODE_OPTIONS, worker, kind, path], {
    env: { DATABASE_URL: url },
  });
  return (JSON.parse(stdout) as { peakMb: number }).peakMb;
}

for (const kind of ["csv", "jsonl", "parquet"] as const) {
  if (values.only !== undefined && values.only !== kind) continue;
  const peaks: { few: number; many: number }[] = [];
  for (let round = 0; round < rounds; round += 1)
    peaks.push({ few: await peakMb(kind, files.few(kind)), many: await peakMb(kind, files.many(kind)) });
  const [few, many] = [median(peaks.map((peak) => peak.few)), median(peaks.map((peak) => peak.many))];
  const result = {
    case: `memory at ${TIMES} times the rows, ${kind}`,
    ratio: many / few,
    target: 1.1,
    lessIsBetter: true,
    detail: { once: `${Math.round(few)} MB`, [`${TIMES} times`]: `${Math.round(many)} MB` },
  };
  await report("extract-memory", [result], { rounds, parts: `${rows.toLocaleString("en")} rows`, inPieces: true });
}
await sql.end();
await rm(folder, { recursive: true });

import {
  append,
  csv,
  defineOperator,
  jsonl,
  parquet,
  tableRecord,
  type FilePaths,
  type RecordSource,
} from "@millrace/sdk";
import { z } from "zod";
import { orders } from "../load/tables.ts";
import { runWorker } from "../measure/worker.ts";

/** Loads a file in chunks of 50,000 rows, each a record that passes through a transform. */
const loading = (name: string, source: (file: FilePaths) => RecordSource<unknown>) =>
  defineOperator({
    name,
    config: z.object({ file: z.string() }),
    extract: ({ config: { file } }) => source(file),
    record: tableRecord(orders),
    transform: (order) => order,
    target: orders,
    load: append(),
    chunks: { maxRows: 50_000 },
  });

await runWorker({ csv: loading("csv", csv), jsonl: loading("jsonl", jsonl), parquet: loading("parquet", parquet) });

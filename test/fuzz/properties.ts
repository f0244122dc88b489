import { changesApplied } from "./changes/applied.ts";
import { asInserted } from "./columns/as-inserted.ts";
import { configs } from "./config/accepted.ts";
import { stringified } from "./csv/csv-stringify.ts";
import { engines } from "./csv/engines.ts";
import { garbageBytes } from "./csv/garbage.ts";
import { readBack } from "./csv/read-back.ts";
import { jsonGarbage } from "./jsonl/garbage.ts";
import { linesAlike } from "./jsonl/lines-alike.ts";
import { jsonLines } from "./jsonl/read-back.ts";
import { identifiers } from "./names/identifiers.ts";
import { damagedParquet, parquetFiles } from "./parquet/read-back.ts";
import { pipesGarbage, pipesProcesses, pipesQuestions } from "./pipes/garbage.ts";
import type { FuzzProperty } from "./property.ts";

export const properties: readonly FuzzProperty[] = [
  readBack,
  stringified,
  garbageBytes,
  engines,
  jsonLines,
  jsonGarbage,
  linesAlike,
  parquetFiles,
  damagedParquet,
  pipesGarbage,
  pipesQuestions,
  pipesProcesses,
  changesApplied,
  asInserted,
  configs,
  identifiers,
];

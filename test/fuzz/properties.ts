import { asInserted } from "./columns/as-inserted.ts";
import { stringified } from "./csv/csv-stringify.ts";
import { engines } from "./csv/engines.ts";
import { garbageBytes } from "./csv/garbage.ts";
import { readBack } from "./csv/read-back.ts";
import { jsonGarbage } from "./jsonl/garbage.ts";
import { jsonLines } from "./jsonl/read-back.ts";
import { pipesGarbage, pipesProcesses, pipesQuestions } from "./pipes/garbage.ts";
import type { FuzzProperty } from "./property.ts";

export const properties: readonly FuzzProperty[] = [
  readBack,
  stringified,
  garbageBytes,
  engines,
  jsonLines,
  jsonGarbage,
  pipesGarbage,
  pipesQuestions,
  pipesProcesses,
  asInserted,
];

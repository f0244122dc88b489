import { apiToTableKind } from "./api-to-table.ts";
import { applyChangesKind } from "./apply-changes.ts";
import { checkTableKind } from "./check-table.ts";
import { csvToTableKind } from "./csv-to-table.ts";
import { exportDeadLettersKind, replayDeadLettersKind } from "./dead-letters.ts";
import type { OperatorKind } from "./kind.ts";
import { jsonlToTableKind } from "./jsonl-to-table.ts";
import { parquetToTableKind } from "./parquet-to-table.ts";
import { refreshTableKind } from "./refresh-table.ts";
import { replicateTableKind } from "./replicate-table.ts";
import { runCommandKind } from "./run-command.ts";
import { runSqlKind } from "./run-sql.ts";
import { tableToTableKind } from "./table-to-table.ts";

const all: readonly OperatorKind[] = [
  csvToTableKind,
  jsonlToTableKind,
  parquetToTableKind,
  apiToTableKind,
  tableToTableKind,
  replicateTableKind,
  applyChangesKind,
  refreshTableKind,
  runSqlKind,
  runCommandKind,
  checkTableKind,
  replayDeadLettersKind,
  exportDeadLettersKind,
];

/** The ready-made operators by the names that `operator:` has for them. */
export const kinds: ReadonlyMap<string, OperatorKind> = new Map(all.map((kind) => [kind.kind, kind]));

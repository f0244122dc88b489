import { apiToTableKind } from "./api-to-table.ts";
import { csvToTableKind } from "./csv-to-table.ts";
import type { OperatorKind } from "./kind.ts";

/** The ready-made operators by the names that `operator:` has for them. */
export const kinds: ReadonlyMap<string, OperatorKind> = new Map(
  [csvToTableKind, apiToTableKind].map((kind) => [kind.kind, kind]),
);

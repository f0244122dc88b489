import pg from "pg";
import { redact } from "../../../errors/redact.ts";
import type { Rejection } from "../../../record/dead-letter.ts";
import type { TargetColumn } from "../target-columns.ts";

/** Why the server did not take a row, in its own words. */
export interface Refusal {
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string | null;
  /** The column, where the server names one. */
  readonly column: string | null;
  readonly constraint: string | null;
}

/** Classes 22 (data exception) and 23 (integrity constraint violation) are a row's fault; all others are somebody else's. */
const ROWS_FAULT = /^2[23]...$/;

/** The refusal that an error of the driver is; null where no row is at fault. */
export function asRefusal(error: unknown): Refusal | null {
  if (!(error instanceof pg.DatabaseError)) return null;
  const { code, message, detail, column, constraint, where } = error;
  if (code === undefined || !ROWS_FAULT.test(code)) return null;
  return {
    sqlState: code,
    message,
    detail: detail ?? null,
    column: column ?? copiedColumn(where),
    constraint: constraint ?? null,
  };
}

/** COPY names the column only in words: `COPY millrace_stage, line 3, column amount: "x"`. */
function copiedColumn(where: string | undefined): string | null {
  return /^COPY .*, line \d+, column (.+?)(?::|$)/.exec(where ?? "")?.[1] ?? null;
}

const CODES: Readonly<Record<string, string>> = {
  "22001": "TEXT_LENGTH",
  "22003": "NUMBER_RANGE",
  "23502": "NOT_NULL",
  "23503": "FOREIGN_KEY",
  "23505": "UNIQUE",
  "23514": "CHECK",
  "23P01": "EXCLUSION",
};
const MAX_REASON_CHARACTERS = 2000;

/** What a dead letter says about a refused row; a constraint on one column names that column's field. */
export function rejectionOf(
  refusal: Refusal,
  columns: readonly TargetColumn[],
  constrained: readonly string[] = [],
): Rejection {
  const { sqlState, message, detail, column } = refusal;
  const name = column ?? (constrained.length === 1 ? constrained[0] : undefined);
  return {
    code: CODES[sqlState] ?? `SERVER_${sqlState}`,
    reason: redact(detail === null || detail === "" ? message : `${message}: ${detail}`).slice(
      0,
      MAX_REASON_CHARACTERS,
    ),
    field: columns.find((candidate) => candidate.name === name)?.key ?? name ?? null,
  };
}

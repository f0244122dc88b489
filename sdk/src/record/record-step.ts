import type { StandardSchemaV1 } from "@standard-schema/spec";
import { RecordError } from "../errors/millrace-error.ts";
import { compileSchema, INVALID } from "./compile-schema.ts";
import type { Rejection } from "./dead-letter.ts";

/** What became of one record: a row for the target, nothing, or a reason why not. */
export type StepResult<Row> =
  | { readonly outcome: "row"; readonly row: Row }
  | { readonly outcome: "filtered" }
  | { readonly outcome: "rejected"; readonly rejection: Rejection };

/** What `reject` returns: a transform gives it back in place of a row. */
export class Rejected {
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    this.rejection = rejection;
  }
}

export interface TransformTools {
  /** The record becomes a dead letter: `return reject("negative distance", { field: "distance" })`. */
  reject(reason: string, about?: { readonly field?: string; readonly code?: string }): Rejected;
}

/** Makes a row of a record. Pure; null leaves the record out (counted as filtered). */
export type Transform<Value, Row> = (record: Value, tools: TransformTools) => Row | Rejected | null;

export interface RecordStepOptions<Row> {
  readonly schema: StandardSchemaV1 | undefined;
  readonly transform: Transform<never, Row> | undefined;
}

const tools: TransformTools = {
  reject: (reason, { field, code } = {}) => new Rejected({ code: code ?? "REJECTED", reason, field: field ?? null }),
};

const FILTERED = { outcome: "filtered" } as const;

/** Validates a record with its schema and transforms it; a RecordError thrown inside becomes the record's rejection. */
export function recordStep<Row>({ schema, transform }: RecordStepOptions<Row>): (record: unknown) => StepResult<Row> {
  const compiled = compileSchema(schema);
  return (record) => {
    let value = compiled === undefined ? record : compiled(record);
    if (schema !== undefined && (compiled === undefined || value === INVALID)) {
      const result = schema["~standard"].validate(record);
      if (result instanceof Promise) throw new TypeError("a record schema must validate synchronously");
      if (result.issues !== undefined) return { outcome: "rejected", rejection: schemaRejection(result.issues) };
      value = result.value;
    }
    if (transform === undefined) return { outcome: "row", row: value as Row };
    try {
      const row = transform(value as never, tools);
      if (row === null) return FILTERED;
      return row instanceof Rejected ? { outcome: "rejected", rejection: row.rejection } : { outcome: "row", row };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return { outcome: "rejected", rejection: error.rejection };
    }
  };
}

function schemaRejection(issues: readonly StandardSchemaV1.Issue[]): Rejection {
  const path = (issue: StandardSchemaV1.Issue) =>
    (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  const first = issues[0];
  return {
    code: "SCHEMA",
    reason: issues.map((issue) => `${path(issue) || "record"}: ${issue.message}`).join("; "),
    field: (first && path(first)) || null,
  };
}

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { getTableColumns, type Column } from "drizzle-orm";
import type { AnyPgTable } from "drizzle-orm/pg-core";
import { fieldType, type FieldType } from "./field-type.ts";

/** A field of the source and the column that it fills. */
export interface TableField {
  /** Its name in the source. */
  readonly name: string;
  /** The property of a row. */
  readonly key: string;
  readonly type: FieldType;
  readonly notNull: boolean;
  /** The source may be without it: the column has a default. */
  readonly optional: boolean;
}

export interface TableRecordOptions<Table extends AnyPgTable> {
  /** Names in the source, where they are not the columns' own: `{ flightDate: "date" }`. */
  readonly fields?: { readonly [key in keyof Table["$inferInsert"]]?: string };
}

type TextRecord = Readonly<Record<string, string | null | undefined>>;

/**
 * Records of text that are rows of a table: each field must be what its column's type takes. Made by `tableRecord`.
 * An operator with this and no transform is loaded without its records ever becoming JavaScript objects.
 */
export class TableRecord<Row> implements StandardSchemaV1<unknown, Row> {
  readonly fields: readonly TableField[];
  readonly "~standard": StandardSchemaV1.Props<unknown, Row>;

  constructor(fields: readonly TableField[]) {
    this.fields = fields;
    this["~standard"] = { version: 1, vendor: "millrace", validate: (record) => this.#validate(record as TextRecord) };
  }

  /** The same for texts of any length. */
  ofAnyLength(): TableRecord<Row> {
    return new TableRecord(
      this.fields.map((field) => (field.type.kind === "text" ? { ...field, type: fieldType("text") } : field)),
    );
  }

  #validate(record: TextRecord): StandardSchemaV1.Result<Row> {
    const row: Record<string, unknown> = {};
    const issues: StandardSchemaV1.Issue[] = [];
    for (const field of this.fields) {
      const text = record[field.name];
      if (text === undefined) continue;
      const canonical = canonicalText(field, text);
      if (canonical instanceof FieldProblem) issues.push({ path: [field.name], message: canonical.message });
      else row[field.key] = canonical === null ? null : field.type.value(canonical);
    }
    return issues.length > 0 ? { issues } : { value: row as Row };
  }
}

/** Why a field's text is no value of its column. */
export class FieldProblem {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** The text that PostgreSQL is given for a field. */
export function canonicalText({ type, notNull }: TableField, text: string | null): string | null | FieldProblem {
  // JSON's null is null: a transform could not tell the two apart either.
  const isNull = text === null || (type.kind === "json" && text.trim() === "null");
  if (isNull) return notNull ? new FieldProblem("null, and its column takes none") : null;
  return type.canonical(text) ?? new FieldProblem(type.problem);
}

/** The record that a table's columns ask for: text fields named as the columns, in the table's types. */
export function tableRecord<Table extends AnyPgTable>(
  table: Table,
  { fields }: TableRecordOptions<Table> = {},
): TableRecord<Table["$inferInsert"]> {
  const names = (fields ?? {}) as Readonly<Record<string, string>>;
  return new TableRecord(
    Object.entries(getTableColumns(table) as Record<string, Column>)
      .filter(([, column]) => column.generated === undefined && column.generatedIdentity?.type !== "always")
      .map(([key, column]) => ({
        name: names[key] ?? column.name,
        key,
        type: fieldType(column.getSQLType()),
        notNull: column.notNull,
        optional: column.hasDefault || column.generatedIdentity !== undefined,
      })),
  );
}

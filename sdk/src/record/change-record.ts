import type { StandardSchemaV1 } from "@standard-schema/spec";
import { CHANGE_WORDS } from "./change-words.ts";
import { fieldType } from "./field-type.ts";
import type { TableField } from "./table-field.ts";
import { TableRecord } from "./table-record.ts";

export interface ChangeRecordFields {
  /** The field that says what was done. */
  readonly operation: string;
  readonly key: readonly TableField[];
  readonly sequence: TableField;
  readonly others: readonly TableField[];
  /** When a row was deleted; null where no column says so. */
  readonly deletedAt: TableField | null;
}

/**
 * Records that are changes of a table's rows: a field says what was done, the others are the row's, of which a deletion needs no
 * more than key and sequence. Made by `changeRecord`. An operator with this and no transform is loaded without its records ever
 * becoming JavaScript objects.
 */
export class ChangeRecord<Change> implements StandardSchemaV1<unknown, Change> {
  readonly fields: readonly TableField[];
  readonly operation: string;
  readonly "~standard": StandardSchemaV1.Props<unknown, Change>;
  readonly #written: TableRecord<unknown>;
  readonly #deleted: TableRecord<unknown>;
  readonly #truncated: TableRecord<unknown>;

  constructor(operation: string, { written, deleted, truncated }: ChangedRecords) {
    this.operation = operation;
    this.#written = written;
    this.#deleted = deleted;
    this.#truncated = truncated;
    const word: TableField = {
      name: operation,
      key: "",
      type: fieldType("text"),
      notNull: true,
      optional: false,
    };
    this.fields = [word, ...written.fields];
    this["~standard"] = {
      version: 1,
      vendor: "millrace",
      validate: (record) => this.#validate(record as Readonly<Record<string, unknown>>),
    };
  }

  /** The fields of a row that is written. */
  get written(): readonly TableField[] {
    return this.#written.fields;
  }

  /** The fields of a deletion. */
  get deleted(): readonly TableField[] {
    return this.#deleted.fields;
  }

  /** See `TableRecord`. */
  ofAnyLength(): ChangeRecord<Change> {
    return this.#map((record) => record.ofAnyLength());
  }

  /** See `TableRecord`. */
  ofTypedValues(): ChangeRecord<Change> {
    return this.#map((record) => record.ofTypedValues());
  }

  #map(to: (record: TableRecord<unknown>) => TableRecord<unknown>): ChangeRecord<Change> {
    const records = { written: to(this.#written), deleted: to(this.#deleted), truncated: to(this.#truncated) };
    return new ChangeRecord(this.operation, records);
  }

  #validate(record: Readonly<Record<string, unknown>>): StandardSchemaV1.Result<Change> {
    const given = record[this.operation];
    const word = CHANGE_WORDS.get(String(given).toLowerCase());
    if (word === undefined)
      return {
        issues: [{ path: [this.operation], message: `${JSON.stringify(given ?? null)} is no change of a row` }],
      };
    const fields = word === "truncate" ? this.#truncated : word === "delete" ? this.#deleted : this.#written;
    const result = fields["~standard"].validate(record) as StandardSchemaV1.Result<unknown>;
    return result.issues ? result : { value: { operation: word, row: result.value } as Change };
  }
}

interface ChangedRecords {
  readonly written: TableRecord<unknown>;
  readonly deleted: TableRecord<unknown>;
  readonly truncated: TableRecord<unknown>;
}

/** Of the fields of a table, by what they are to its changes. */
export function changeRecordOf<Change>({
  operation,
  key,
  sequence,
  others,
  deletedAt,
}: ChangeRecordFields): ChangeRecord<Change> {
  const needed = [...key, sequence].map((field) => ({ ...field, notNull: true, optional: false }));
  const mark = deletedAt === null ? [] : [{ ...deletedAt, notNull: false, optional: true }];
  return new ChangeRecord(operation, {
    written: new TableRecord([...needed, ...others]),
    deleted: new TableRecord([...needed, ...mark]),
    truncated: new TableRecord([needed.at(-1)!, ...mark]),
  });
}

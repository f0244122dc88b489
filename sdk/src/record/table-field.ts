import type { FieldType } from "./field-type.ts";

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

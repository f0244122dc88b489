import {
  bigint,
  boolean,
  char,
  customType,
  date,
  doublePrecision,
  integer,
  json,
  jsonb,
  numeric,
  real,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
  type PgColumnBuilderBase,
} from "drizzle-orm/pg-core";

/** A drizzle column of a type as PostgreSQL's `format_type` writes it; what drizzle has no column for is written as text. */
export function columnOfType(name: string, type: string): ColumnBuilder {
  const [, base = type, first, second, zone = ""] =
    /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?( with(?:out)? time zone)?$/.exec(type) ?? [];
  const [size, scale] = [Number(first), Number(second)];
  const sized = first !== undefined;
  switch (base) {
    case "smallint":
      return smallint(name);
    case "integer":
      return integer(name);
    case "bigint":
      return bigint(name, { mode: "bigint" });
    case "numeric":
      if (!sized) return numeric(name);
      return numeric(name, second === undefined ? { precision: size } : { precision: size, scale });
    case "real":
      return real(name);
    case "double precision":
      return doublePrecision(name);
    case "boolean":
      return boolean(name);
    case "date":
      return date(name, { mode: "string" });
    case "timestamp":
      // A Date would lose microseconds.
      return timestamp(name, {
        mode: "string",
        withTimezone: zone === " with time zone",
        ...(sized && { precision: size as 0 | 1 | 2 | 3 | 4 | 5 | 6 }),
      });
    case "uuid":
      return uuid(name);
    case "json":
      return json(name);
    case "jsonb":
      return jsonb(name);
    case "text":
      return text(name);
    case "character varying":
      return varchar(name, sized ? { length: size } : {});
    case "character":
      return char(name, sized ? { length: size } : {});
    default:
      return customType<{ data: unknown }>({ dataType: () => type })(name);
  }
}

/** What all of them have, of which TypeScript makes no one type. */
export interface ColumnBuilder extends PgColumnBuilderBase {
  notNull(): ColumnBuilder;
  primaryKey(): ColumnBuilder;
  default(value: unknown): ColumnBuilder;
  generatedAlwaysAs(as: unknown): ColumnBuilder;
  generatedAlwaysAsIdentity?(): ColumnBuilder;
  generatedByDefaultAsIdentity?(): ColumnBuilder;
}

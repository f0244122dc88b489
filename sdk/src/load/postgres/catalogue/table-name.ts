import { FatalError } from "../../../errors/millrace-error.ts";

/** A table as a person names it: `orders`, `sales.orders`, `"My Schema"."Orders"`. */
export interface TableName {
  /** `public` where it is not said. */
  readonly schema: string;
  readonly table: string;
}

const PART = /"(?:[^"]|"")+"|[A-Za-z_][\w$]*/.source;
const NAME = new RegExp(`^(?:(${PART})\\.)?(${PART})$`);

/** Reads a name as PostgreSQL does: small letters unless quoted. Raises FatalError TABLE_NAME. */
export function parseTableName(text: string): TableName {
  const [, schema = "public", table] = NAME.exec(text) ?? [];
  if (table === undefined) {
    throw new FatalError("TABLE_NAME", `${JSON.stringify(text)} is no table's name`, {
      fix: 'Write it as table or schema.table, with what is not letters, digits and _ in double quotes: public."Order Lines"',
    });
  }
  return { schema: unquote(schema), table: unquote(table) };
}

function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}

import type pg from "pg";
import { quoted, type TargetColumn } from "../target-columns.ts";
import type { Refusal } from "./refusal.ts";

/** A constraint of the target as a question about staged rows. */
export interface Suspicion {
  readonly name: string;
  /** Names of the columns that it is on. */
  readonly columns: readonly string[];
  /** Names of the columns that the question is about: those, and the key where rows with the same one are replaced. */
  readonly sends: readonly string[];
  /** The answer depends on rows of the target that the same load may write. */
  readonly late: boolean;
  /** True of a row that breaks it, where that can be said by the row alone. */
  readonly condition: string | null;
  /** SELECTs the `id` (quoted) of each row of a table (quoted) that may break it. */
  suspects(table: string, id: string): string;
}

export interface ConstraintsOptions {
  /** Quoted, with its schema. */
  readonly target: string;
  /** The columns that rows have. */
  readonly columns: readonly TargetColumn[];
  /** Rows of the target with the same key are replaced; null where they stay beside the new ones. */
  readonly key: readonly TargetColumn[] | null;
}

/** The target's constraints that can be asked about all rows at once; others (of partitions, on expressions) are left to trying. */
export class Constraints {
  readonly #options: ConstraintsOptions;
  readonly #byName: ReadonlyMap<string, Suspicion>;
  /** Rows are what they are given as when conditions are looked at: no trigger or rule has its hand in it. */
  readonly asGiven: boolean;

  private constructor(options: ConstraintsOptions, suspicions: readonly Suspicion[], asGiven: boolean) {
    this.#options = options;
    this.asGiven = asGiven;
    this.#byName = new Map(suspicions.map((one) => [one.name, one]));
  }

  static async read(client: pg.Client, options: ConstraintsOptions): Promise<Constraints> {
    const { rows } = await client.query<ConstraintRow>(CATALOG, [options.target]);
    const given = await client.query<{ given: boolean }>(AS_GIVEN, [options.target]);
    const known = new Set(options.columns.map(({ name }) => name));
    const whole = rows.filter(({ columns }) => columns.length > 0 && columns.every((name) => known.has(name)));
    return new Constraints(
      options,
      whole.map((row) => suspicion(row, options)),
      given.rows[0]!.given,
    );
  }

  /** The constraint that a refusal speaks of, if its other violations can be asked for. */
  find({ sqlState, column, constraint }: Refusal): Suspicion | undefined {
    if (sqlState !== "23502") return this.#byName.get(constraint ?? "");
    const known = this.#options.columns.some(({ name }) => name === column);
    return known ? byRow(`null in ${column}`, [column!], `${quoted(column!)} IS NULL`) : undefined;
  }

  columnsOf(constraint: string | null): readonly string[] {
    return this.#byName.get(constraint ?? "")?.columns ?? [];
  }
}

interface ConstraintRow {
  readonly name: string;
  readonly type: "check" | "unique" | "foreign";
  readonly columns: readonly string[];
  /** Of a check. */
  readonly expression: string | null;
  /** Of a foreign key: quoted, with its schema where it needs one. */
  readonly referenced: string | null;
  readonly referencedColumns: readonly string[] | null;
  readonly self: boolean;
}

const names = (keys: string, relation: string) =>
  `ARRAY(SELECT attname::text FROM unnest(${keys}) WITH ORDINALITY AS key (attnum, place) JOIN pg_attribute USING (attnum) WHERE attrelid = ${relation} ORDER BY place)`;

const CATALOG = `SELECT conname::text AS name, CASE contype WHEN 'c' THEN 'check' ELSE 'foreign' END AS type, ${names("conkey", "conrelid")} AS columns,
  pg_get_expr(conbin, conrelid) AS expression, nullif(confrelid, 0)::regclass::text AS referenced, ${names("confkey", "confrelid")} AS "referencedColumns", confrelid = conrelid AS self
FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('c', 'f')
UNION ALL
SELECT relname::text, 'unique', ${names("indkey[0:indnkeyatts - 1]", "indrelid")}, NULL, NULL, NULL, false
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = $1::regclass AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL
  AND coalesce(to_jsonb(pg_index) ->> 'indnullsnotdistinct', 'false') = 'false'`;

const BEFORE_EACH_ROW_INSERTED = 1 + 2 + 4;
const AS_GIVEN = `WITH tables AS (SELECT $1::regclass::oid AS oid UNION SELECT relid FROM pg_partition_tree($1::regclass))
SELECT bool_and(relkind IN ('r', 'p') AND NOT relhasrules) AND NOT EXISTS (
  SELECT FROM pg_trigger, tables WHERE tgrelid = tables.oid AND tgtype::int & ${BEFORE_EACH_ROW_INSERTED} = ${BEFORE_EACH_ROW_INSERTED}) AS given
FROM pg_class JOIN tables USING (oid)`;

function byRow(name: string, columns: readonly string[], condition: string): Suspicion {
  return {
    name,
    columns,
    sends: columns,
    late: false,
    condition,
    suspects: (table, id) => `SELECT ${id} FROM ${table} WHERE ${condition}`,
  };
}

function suspicion(row: ConstraintRow, options: ConstraintsOptions): Suspicion {
  const { name, type, columns } = row;
  switch (type) {
    case "check":
      return byRow(name, columns, `(${row.expression!}) IS FALSE`);
    case "unique": {
      const sends = [...columns, ...(options.key ?? []).map((column) => column.name)];
      return {
        name,
        columns,
        sends,
        late: true,
        condition: null,
        suspects: (table, id) => notUnique(columns, options, { table, id, sends }),
      };
    }
    case "foreign": {
      const sends = row.self ? [...columns, ...row.referencedColumns!] : columns;
      return {
        name,
        columns,
        sends,
        late: row.self,
        condition: null,
        suspects: (table, id) => orphans(row, { table, id }),
      };
    }
  }
}

interface Asked {
  readonly table: string;
  readonly id: string;
}

const given = (columns: readonly string[]) => columns.map((name) => `own.${quoted(name)} IS NOT NULL`).join(" AND ");

function notUnique(
  columns: readonly string[],
  { target, key }: ConstraintsOptions,
  { table, id, sends }: Asked & { readonly sends: readonly string[] },
): string {
  const own = columns.map((name) => `own.${quoted(name)}`).join(", ");
  const same = columns.map((name) => `present.${quoted(name)} = own.${quoted(name)}`).join(" AND ");
  const row = (prefix: string) => `ROW(${key!.map(({ name }) => `${prefix}.${quoted(name)}`).join(", ")})`;
  const other = key === null ? "" : ` AND ${row("present")} IS DISTINCT FROM ${row("own")}`;
  // LIMIT keeps the planner from joining with the whole table: each row is looked up in the index.
  const sent = [...new Set(sends)].map(quoted).join(", ");
  return `SELECT millrace_id FROM (SELECT ${id} AS millrace_id, ${sent}, count(*) OVER (PARTITION BY ${own}) AS millrace_times FROM ${table} own WHERE ${given(columns)}) own
WHERE millrace_times > 1 OR (SELECT true FROM ${target} present WHERE ${same}${other} LIMIT 1)`;
}

function orphans({ columns, referenced, referencedColumns, self }: ConstraintRow, { table, id }: Asked): string {
  const own = columns.map((name) => `own.${quoted(name)}`);
  const keys = referencedColumns!.map(quoted);
  const same = keys.map((name, index) => `parent.${name} = ${own[index]!}`).join(" AND ");
  const known = keys.map((name) => `${name} IS NOT NULL`).join(" AND ");
  const among = self ? ` AND (${own.join(", ")}) NOT IN (SELECT ${keys.join(", ")} FROM ${table} WHERE ${known})` : "";
  return `SELECT ${id} FROM ${table} own WHERE ${given(columns)} AND NOT EXISTS (SELECT FROM ${referenced!} parent WHERE ${same})${among}`;
}

import type pg from "pg";
import { quoted, type TargetColumn } from "../target-columns.ts";
import type { Refusal } from "./refusal.ts";

/** A constraint of the target as a question about staged rows. */
export interface Suspicion {
  readonly name: string;
  /** Names of the columns that it is on. */
  readonly columns: readonly string[];
  /** SELECTs the `ctid` of each row of a table (quoted) that may break it. */
  suspects(table: string): string;
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

  private constructor(options: ConstraintsOptions, suspicions: readonly Suspicion[]) {
    this.#options = options;
    this.#byName = new Map(suspicions.map((suspicion) => [suspicion.name, suspicion]));
  }

  static async read(client: pg.Client, options: ConstraintsOptions): Promise<Constraints> {
    const { rows } = await client.query<ConstraintRow>(CATALOG, [options.target]);
    const known = new Set(options.columns.map(({ name }) => name));
    const whole = rows.filter(({ columns }) => columns.length > 0 && columns.every((name) => known.has(name)));
    return new Constraints(
      options,
      whole.map((row) => ({ name: row.name, columns: row.columns, suspects: (table) => suspects(table, row, options) })),
    );
  }

  /** The constraint that a refusal speaks of, if its other violations can be asked for. */
  find({ sqlState, column, constraint }: Refusal): Suspicion | undefined {
    if (sqlState !== "23502") return this.#byName.get(constraint ?? "");
    const known = this.#options.columns.some(({ name }) => name === column);
    return known ? { name: `null in ${column}`, columns: [column!], suspects: (table) => `SELECT ctid FROM ${table} WHERE ${quoted(column!)} IS NULL` } : undefined;
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

function suspects(table: string, { type, columns, expression, referenced, referencedColumns, self }: ConstraintRow, { target, key }: ConstraintsOptions): string {
  const own = columns.map((name) => `own.${quoted(name)}`);
  const given = own.map((name) => `${name} IS NOT NULL`).join(" AND ");
  switch (type) {
    case "check":
      return `SELECT ctid FROM ${table} WHERE (${expression!}) IS FALSE`;
    case "unique": {
      const same = columns.map((name) => `present.${quoted(name)} = own.${quoted(name)}`).join(" AND ");
      const row = (prefix: string) => `ROW(${key!.map(({ name }) => `${prefix}.${quoted(name)}`).join(", ")})`;
      const other = key === null ? "" : ` AND ${row("present")} IS DISTINCT FROM ${row("own")}`;
      // LIMIT keeps the planner from joining with the whole table: each row is looked up in the index.
      return `SELECT ctid FROM (SELECT ctid, own.*, count(*) OVER (PARTITION BY ${own.join(", ")}) AS millrace_times FROM ${table} own WHERE ${given}) own
WHERE millrace_times > 1 OR (SELECT true FROM ${target} present WHERE ${same}${other} LIMIT 1)`;
    }
    case "foreign": {
      const keys = referencedColumns!.map(quoted);
      const same = keys.map((name, index) => `parent.${name} = ${own[index]!}`).join(" AND ");
      const among = self ? ` AND (${own.join(", ")}) NOT IN (SELECT ${keys.join(", ")} FROM ${table} WHERE ${keys.map((name) => `${name} IS NOT NULL`).join(" AND ")})` : "";
      return `SELECT ctid FROM ${table} own WHERE ${given} AND NOT EXISTS (SELECT FROM ${referenced!} parent WHERE ${same})${among}`;
    }
  }
}

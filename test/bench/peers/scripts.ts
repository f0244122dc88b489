const COLUMNS = "id, customer_id, created_at, status, amount, quantity, email, note";
const OTHERS = COLUMNS.split(", ").slice(1);
const SET = OTHERS.map((column) => `${column} = excluded.${column}`).join(", ");
const STAGE = "CREATE TEMP TABLE stage (LIKE orders) ON COMMIT DROP;";
const row = (prefix: string) => `(${OTHERS.map((column) => prefix + column).join(", ")})`;

const copy = (file: string, table = "orders") => `\\copy ${table} (${COLUMNS}) FROM '${file}' CSV HEADER\n`;
const merge = (where = "") =>
  `INSERT INTO orders AS o (${COLUMNS}) SELECT ${COLUMNS} FROM stage ON CONFLICT (id) DO UPDATE SET ${SET}${where};\n`;
const DISTINCT = ` WHERE ${row("o.")} IS DISTINCT FROM ${row("excluded.")}`;

/** What a data engineer would write for psql, each in one transaction. */
export const scripts = {
  copy,
  merge: (file: string) => `BEGIN; ${STAGE}\n${copy(file, "stage")}${merge()}COMMIT;\n`,
  mergeChanged: (file: string) => `BEGIN; ${STAGE}\n${copy(file, "stage")}${merge(DISTINCT)}COMMIT;\n`,
  day: (file: string, day = "2024-06-15") =>
    `BEGIN; DELETE FROM orders WHERE created_at >= '${day}Z' AND created_at < timestamptz '${day}Z' + interval '1 day';\n${copy(file)}COMMIT;\n`,
  truncate: (file: string) => `BEGIN; TRUNCATE orders;\n${copy(file)}COMMIT;\n`,
  delete: (file: string) => `BEGIN; DELETE FROM orders;\n${copy(file)}COMMIT;\n`,
  /** What comes on stdin. */
  mergeInput: () => `BEGIN; ${STAGE}\n\\copy stage (${COLUMNS}) FROM pstdin\n${merge()}COMMIT;\n`,
  changes: (file: string) => `BEGIN;
    CREATE TEMP TABLE stage (operation text, id int, sequence bigint, name text, amount numeric(12,2)) ON COMMIT DROP;
    \\copy stage FROM '${file}' CSV HEADER
    CREATE TEMP TABLE last ON COMMIT DROP AS SELECT DISTINCT ON (id) * FROM stage ORDER BY id, sequence DESC;
    DELETE FROM customers c USING last l WHERE c.id = l.id AND l.operation = 'delete' AND l.sequence > c.sequence;
    INSERT INTO customers AS c SELECT id, sequence, name, amount FROM last WHERE operation <> 'delete' ON CONFLICT (id)
      DO UPDATE SET sequence = excluded.sequence, name = excluded.name, amount = excluded.amount
      WHERE excluded.sequence > c.sequence;
    COMMIT;\n`,
} as const;

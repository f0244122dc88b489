import type pg from "pg";

/** Who may do what, and by whose leave. */
export interface Privilege {
  readonly grantor: string;
  /** Quoted, or PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly identity: string;
  readonly generated: string;
  readonly storage: string;
  readonly compression: string;
  readonly statistics: number | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly privileges: readonly Privilege[];
}

export interface ConstraintFacts {
  readonly name: string;
  /** As in `pg_constraint.contype`. */
  readonly type: "c" | "f" | "n" | "p" | "u" | "x" | "t";
  readonly definition: string;
  /** False only for a foreign key: all else has become true of the rows that were loaded. */
  readonly validated: boolean;
  readonly comment: string | null;
}

export interface IndexFacts {
  readonly name: string;
  /** The constraint that it is there for has its name. */
  readonly ofConstraint: boolean;
  readonly unique: boolean;
  /** The index's definition behind the table's name. */
  readonly definition: string;
  readonly options: readonly string[];
  readonly tablespace: string;
  readonly statistics: readonly (number | null)[];
  readonly clustered: boolean;
  readonly replicaIdentity: boolean;
  readonly comment: string | null;
}

interface StatisticsFacts {
  readonly name: string;
  readonly schema: string;
  readonly owner: string;
  /** What stands between its name and FROM. */
  readonly definition: string;
  readonly target: number | null;
  readonly comment: string | null;
}

interface SequenceDefinition {
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

interface SequenceFacts {
  readonly column: string;
  readonly name: string;
  readonly schema: string;
  /** Belongs to an identity column, and lives and dies with it. */
  readonly identity: boolean;
  readonly definition: SequenceDefinition;
  readonly owner: string;
  readonly comment: string | null;
  readonly privileges: readonly Privilege[];
}

/** All that a table is beside its rows, by names, so that two tables can be compared. */
export interface TableFacts {
  readonly owner: string;
  readonly persistence: "p" | "u" | "t";
  readonly accessMethod: string;
  readonly tablespace: string;
  readonly options: readonly string[];
  readonly toastOptions: readonly string[];
  readonly replicaIdentity: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly comment: string | null;
  readonly privileges: readonly Privilege[];
  readonly columns: readonly ColumnFacts[];
  readonly constraints: readonly ConstraintFacts[];
  readonly indexes: readonly IndexFacts[];
  readonly statistics: readonly StatisticsFacts[];
  readonly sequences: readonly SequenceFacts[];
}

/** A table under the name that it has now, quoted where SQL needs it. */
export interface NamedTable {
  readonly schema: string;
  readonly name: string;
}

/** Within a transaction, whose search path it empties, so that all names come with their schema. */
export async function readTableFacts(client: pg.Client, { schema, name }: NamedTable): Promise<TableFacts> {
  await client.query("SET LOCAL search_path = ''");
  const { rows } = await client.query<{ facts: TableFacts }>(FACTS, [schema, name]);
  return rows[0]!.facts;
}

const privileges = (acl: string, kind: string, owner: string) => `(
  SELECT coalesce(jsonb_agg(jsonb_build_object('grantor', grantor::regrole::text, 'grantee', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
    'privilege', privilege_type, 'grantable', is_grantable) ORDER BY grantor::regrole::text, grantee, privilege_type), '[]')
  FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))))`;

const tablespace = (relation: string) =>
  `coalesce((SELECT spcname FROM pg_tablespace WHERE oid = ${relation}.reltablespace), '')`;

const COLUMNS = `(SELECT jsonb_agg(jsonb_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull, 'identity', a.attidentity, 'generated', a.attgenerated,
    'collation', (SELECT l.oid::regcollation::text FROM pg_collation l WHERE l.oid = a.attcollation),
    'default', (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = a.attrelid AND adnum = a.attnum),
    'storage', a.attstorage, 'compression', a.attcompression, 'statistics', nullif(a.attstattarget, -1), 'options', coalesce(to_jsonb(a.attoptions), '[]'),
    'comment', col_description(a.attrelid, a.attnum), 'privileges', ${privileges("a.attacl", "c", "c.relowner")}) ORDER BY a.attnum)
  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const CONSTRAINTS = `(SELECT jsonb_agg(jsonb_build_object(
    'name', conname, 'type', contype, 'definition', regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', ''), 'validated', convalidated OR contype <> 'f',
    'comment', obj_description(k.oid, 'pg_constraint')) ORDER BY contype, conname)
  FROM pg_constraint k WHERE conrelid = c.oid AND contype <> 't')`;

const INDEXES = `(SELECT jsonb_agg(jsonb_build_object(
    'name', r.relname, 'ofConstraint', EXISTS (SELECT FROM pg_constraint WHERE conindid = r.oid AND conrelid = c.oid AND contype IN ('p', 'u', 'x')), 'unique', indisunique,
    'definition', split_part(pg_get_indexdef(r.oid), format(' ON %I.%I ', n.nspname, c.relname), 2), 'options', coalesce(to_jsonb(r.reloptions), '[]'),
    'tablespace', ${tablespace("r")}, 'clustered', indisclustered, 'replicaIdentity', indisreplident, 'comment', obj_description(r.oid, 'pg_class'),
    'statistics', (SELECT jsonb_agg(nullif(attstattarget, -1) ORDER BY attnum) FROM pg_attribute WHERE attrelid = r.oid)) ORDER BY r.relname)
  FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid WHERE i.indrelid = c.oid)`;

const STATISTICS = `(SELECT jsonb_agg(jsonb_build_object(
    'name', stxname, 'schema', m.nspname, 'owner', stxowner::regrole::text, 'target', nullif((to_jsonb(x) ->> 'stxstattarget')::int, -1), 'comment', obj_description(x.oid, 'pg_statistic_ext'),
    'definition', split_part(split_part(pg_get_statisticsobjdef(x.oid), format('CREATE STATISTICS %I.%I', m.nspname, stxname), 2), format(' FROM %I.%I', n.nspname, c.relname), 1)) ORDER BY stxname)
  FROM pg_statistic_ext x JOIN pg_namespace m ON m.oid = x.stxnamespace WHERE stxrelid = c.oid)`;

const SEQUENCES = `(SELECT jsonb_agg(jsonb_build_object(
    'column', a.attname, 'name', s.relname, 'schema', m.nspname, 'identity', d.deptype = 'i', 'owner', s.relowner::regrole::text, 'comment', obj_description(s.oid, 'pg_class'),
    'definition', (SELECT jsonb_build_object('type', seqtypid::regtype::text, 'start', seqstart::text, 'increment', seqincrement::text, 'min', seqmin::text, 'max', seqmax::text,
      'cache', seqcache::text, 'cycle', seqcycle) FROM pg_sequence WHERE seqrelid = s.oid), 'privileges', ${privileges("s.relacl", "s", "s.relowner")}) ORDER BY a.attname)
  FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace m ON m.oid = s.relnamespace
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype IN ('a', 'i'))`;

const FACTS = `SELECT jsonb_build_object(
  'owner', c.relowner::regrole::text, 'persistence', c.relpersistence, 'accessMethod', (SELECT amname FROM pg_am WHERE oid = c.relam), 'tablespace', ${tablespace("c")},
  'options', coalesce(to_jsonb(c.reloptions), '[]'), 'toastOptions', coalesce((SELECT to_jsonb(reloptions) FROM pg_class WHERE oid = c.reltoastrelid), '[]'),
  'replicaIdentity', c.relreplident, 'rowSecurity', c.relrowsecurity, 'forceRowSecurity', c.relforcerowsecurity, 'comment', obj_description(c.oid, 'pg_class'),
  'privileges', ${privileges("c.relacl", "r", "c.relowner")}, 'columns', ${COLUMNS}, 'constraints', coalesce(${CONSTRAINTS}, '[]'), 'indexes', coalesce(${INDEXES}, '[]'),
  'statistics', coalesce(${STATISTICS}, '[]'), 'sequences', coalesce(${SEQUENCES}, '[]')) AS facts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

/**
 * SQL for what a table ($1, its oid) has or is part of that does not survive a swap, as it is to be named to people: what
 * depends on the table itself is lost with it, or keeps it from being dropped. Before PostgreSQL 15 a generated column
 * depends on those that it is made of, and so a table on itself.
 */
export const DEPENDANTS = `WITH relation AS (SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid),
sequences AS (SELECT objid AS oid FROM pg_depend WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = $1::oid AND deptype = 'i'
  AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S')),
row_types AS (SELECT oid FROM pg_type WHERE typrelid = $1::oid UNION SELECT typarray FROM pg_type WHERE typrelid = $1::oid),
constraints AS (SELECT oid FROM pg_constraint WHERE conrelid = $1::oid),
indexes AS (SELECT indexrelid AS oid FROM pg_index WHERE indrelid = $1::oid),
named AS (
  SELECT 1 AS place, CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'rule ' || quote_ident(rulename) || ' of ' END || v.oid::regclass AS name
  FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
  WHERE r.ev_class = $1::oid OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_rewrite'::regclass AND objid = r.oid AND refclassid IN ('pg_class'::regclass, 'pg_type'::regclass)
    AND (refobjid = $1::oid OR refobjid IN (SELECT oid FROM sequences) OR refobjid IN (SELECT oid FROM row_types)))
  UNION SELECT 2, format('foreign key %I of %s', conname, conrelid::regclass) FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::oid AND conparentid = 0
  UNION SELECT 3, format('trigger %I', tgname) FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal
  UNION SELECT 4, format('policy %I', polname) FROM pg_policy WHERE polrelid = $1::oid
  UNION SELECT 5, format('publication %I', pubname) FROM pg_publication_tables JOIN relation ON schemaname = nspname AND tablename = relname
  UNION SELECT 6, 'a subscription' FROM pg_subscription_rel WHERE srrelid = $1::oid
  UNION SELECT 7, format('child table %s', inhrelid::regclass) FROM pg_inherits WHERE inhparent = $1::oid
  UNION SELECT 7, format('parent table %s', inhparent::regclass) FROM pg_inherits WHERE inhrelid = $1::oid
  UNION SELECT 8, format('type %s, which the table is of', reloftype::regtype) FROM relation WHERE reloftype <> 0
  UNION SELECT 8, format('extension %I', extname) FROM pg_depend JOIN pg_extension e ON e.oid = refobjid WHERE classid = 'pg_class'::regclass AND objid = $1::oid AND deptype = 'e'
  UNION SELECT 8, 'a security label' FROM pg_seclabel WHERE classoid = 'pg_class'::regclass AND objoid = $1::oid
  UNION SELECT 9, CASE relkind WHEN 'p' THEN 'its partitions' WHEN 'r' THEN 'being temporary' ELSE 'not being a plain table' END FROM relation WHERE relkind <> 'r' OR relpersistence = 't'
  UNION SELECT 10, pg_describe_object(classid, objid, objsubid) FROM pg_depend d
  WHERE deptype IN ('n', 'a') AND refobjid IN (SELECT $1::oid UNION SELECT oid FROM sequences UNION SELECT oid FROM row_types UNION SELECT oid FROM constraints UNION SELECT oid FROM indexes)
    AND refclassid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass)
    AND classid NOT IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass, 'pg_statistic_ext'::regclass)
    AND NOT (classid = 'pg_constraint'::regclass AND (objid IN (SELECT oid FROM constraints) OR (SELECT contype FROM pg_constraint WHERE oid = objid) = 'f'))
    AND NOT (classid = 'pg_class'::regclass AND (objid = $1::oid OR objid IN (SELECT oid FROM indexes) OR (SELECT relkind FROM pg_class WHERE oid = objid) IN ('S', 't') OR objid IN (SELECT inhrelid FROM pg_inherits)))
    AND NOT (classid = 'pg_attrdef'::regclass AND objid IN (SELECT oid FROM pg_attrdef WHERE adrelid = $1::oid))
)
SELECT name FROM (SELECT DISTINCT place, name FROM named) names ORDER BY place, name`;

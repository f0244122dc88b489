import type { Sql } from "postgres";

// Their order says nothing.
const acl = (items: string) => `(SELECT array_agg(item::text ORDER BY item::text) FROM unnest(${items}) item)`;

/**
 * What the catalogs say of a table, as a person would list it: everything but its rows, by names. Written apart from what
 * the swap itself looks at.
 */
export async function tableDump(sql: Sql, table: string): Promise<string[]> {
  const lines: string[] = [];
  const add = async (query: string) => {
    for (const row of await sql.unsafe(query.replaceAll("@table", `'${table}'::regclass`)))
      lines.push(Object.values(row).join(" | "));
  };
  await add(`SELECT 'table', relname, relnamespace::regnamespace, relowner::regrole, ${acl("relacl")}, relkind, relpersistence, relreplident, relrowsecurity, relforcerowsecurity,
    relhastriggers, relhasrules, relispartition, reloptions, reltablespace, amname, obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE c.oid = @table`);
  await add(
    `SELECT 'toast', t.reloptions FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.oid = @table`,
  );
  await add(`SELECT 'column', attname, atttypid::regtype, atttypmod, attnotnull, attidentity, attgenerated, attstorage, attcompression, attstattarget, attoptions, ${acl("attacl")}, attcollation,
    col_description(attrelid, attnum), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
    FROM pg_attribute WHERE attrelid = @table AND attnum > 0 AND NOT attisdropped ORDER BY attnum`);
  await add(`SELECT 'constraint', conname, contype, condeferrable, condeferred, convalidated, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
    FROM pg_constraint WHERE conrelid = @table ORDER BY conname`);
  await add(`SELECT 'index', pg_get_indexdef(indexrelid), indisunique, indisprimary, indisclustered, indisreplident, indisvalid, indimmediate, r.reloptions, r.relowner::regrole,
    obj_description(indexrelid, 'pg_class'), (SELECT string_agg(coalesce(attstattarget, -1)::text, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid)
    FROM pg_index JOIN pg_class r ON r.oid = indexrelid WHERE indrelid = @table ORDER BY r.relname`);
  await add(
    `SELECT 'statistics', pg_get_statisticsobjdef(oid), stxstattarget, stxowner::regrole, obj_description(oid, 'pg_statistic_ext') FROM pg_statistic_ext WHERE stxrelid = @table ORDER BY stxname`,
  );
  await add(`SELECT 'sequence', s.oid::regclass, deptype, refobjsubid, s.relowner::regrole, ${acl("s.relacl")}, obj_description(s.oid, 'pg_class'), seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle
    FROM pg_depend d JOIN pg_class s ON s.oid = objid JOIN pg_sequence q ON q.seqrelid = s.oid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND refobjid = @table AND s.relkind = 'S' ORDER BY s.relname`);
  return lines;
}

import type { Questions } from "../preflight/questions.ts";
import { DEPENDANTS } from "./dependants.ts";

/** What keeps a table from being swapped: what would break, and what this role may not do. */
export async function swapProblems(client: Questions, oid: string): Promise<string[]> {
  const [dependants, missing] = await Promise.all([
    client.query<{ name: string }>(DEPENDANTS, [oid]),
    client.query<{ problem: string }>(PRIVILEGES, [oid]),
  ]);
  const names = dependants.rows.map(({ name }) => name);
  const broken =
    names.length === 0
      ? []
      : [`a swap would break ${names.join(", ")} (replace without swap keeps the table, and with it these)`];
  return [...broken, ...missing.rows.map(({ problem }) => problem)];
}

const PRIVILEGES = `WITH relation AS (SELECT *, relowner::regrole AS owner, relnamespace::regnamespace AS schema FROM pg_class WHERE oid = $1::oid)
SELECT format('a swap needs the role of the owner, %s', owner) AS problem FROM relation WHERE NOT pg_has_role(relowner, 'USAGE')
UNION ALL SELECT format('CREATE on schema %s is not granted to this role', schema) FROM relation WHERE NOT has_schema_privilege(relnamespace, 'CREATE')
UNION ALL SELECT format('CREATE on schema %s is not granted to the owner, %s', schema, owner) FROM relation WHERE NOT has_schema_privilege(relowner, relnamespace, 'CREATE')
UNION ALL SELECT format('REFERENCES on %s is not granted to this role', confrelid::regclass) FROM pg_constraint
  WHERE contype = 'f' AND conrelid = $1::oid AND NOT has_table_privilege(confrelid, 'REFERENCES')
UNION ALL SELECT DISTINCT format('privileges were granted by %s, whose role a swap needs', grantor::regrole) FROM relation, (
    SELECT * FROM aclexplode((SELECT relacl FROM relation)) UNION ALL
    SELECT acl.* FROM pg_attribute, aclexplode(attacl) acl WHERE attrelid = $1::oid) acl
  WHERE grantor <> relowner AND NOT pg_has_role(grantor, 'MEMBER')`;

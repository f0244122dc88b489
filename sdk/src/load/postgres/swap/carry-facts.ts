import type pg from "pg";
import { literal, quoted } from "../target-columns.ts";
import { quotedName } from "./new-table.ts";
import { grantObject, setPrivileges } from "./privileges.ts";
import { readTableFacts, type NamedTable, type TableFacts } from "./table-facts.ts";

/** Gives a table what another one had that need not be built: owners, comments, privileges, marks. */
export async function carryFacts(client: pg.Client, table: NamedTable, wanted: TableFacts): Promise<void> {
  const name = quotedName(table);
  const present = await readTableFacts(client, table);
  await carryMarks(client, name, { wanted, present });
  for (const [index, { schema, name: own, owner }] of wanted.statistics.entries()) {
    if (present.statistics[index]?.owner !== owner)
      await client.query(`ALTER STATISTICS ${quotedName({ schema, name: own })} OWNER TO ${owner}`);
  }
  const commented = new Map(comments(table, present).map(({ object, comment }) => [object, comment]));
  for (const { object, comment } of comments(table, wanted)) {
    if (commented.get(object) !== comment)
      await client.query(`COMMENT ON ${object} IS ${comment === null ? "NULL" : literal(comment)}`);
  }
  await setPrivileges(
    client,
    { object: grantObject("TABLE", table), owner: wanted.owner },
    { from: present.privileges, to: wanted.privileges },
  );
  for (const [index, column] of wanted.columns.entries()) {
    const of = { object: grantObject("TABLE", table), column: quoted(column.name), owner: wanted.owner };
    await setPrivileges(client, of, { from: present.columns[index]!.privileges, to: column.privileges });
  }
  for (const sequence of wanted.sequences.filter(({ identity }) => identity)) {
    const from = present.sequences.find(({ column }) => column === sequence.column)!.privileges;
    await setPrivileges(
      client,
      { object: grantObject("SEQUENCE", sequence), owner: sequence.owner },
      { from, to: sequence.privileges },
    );
  }
}

const REPLICA_IDENTITIES: Readonly<Record<string, string>> = { d: "DEFAULT", f: "FULL", n: "NOTHING" };

async function carryMarks(
  client: pg.Client,
  name: string,
  { wanted, present }: { readonly wanted: TableFacts; readonly present: TableFacts },
): Promise<void> {
  const { indexes, replicaIdentity, rowSecurity, forceRowSecurity } = wanted;
  const clustered = indexes.find((index) => index.clustered);
  if (clustered !== undefined) await client.query(`ALTER TABLE ${name} CLUSTER ON ${quoted(clustered.name)}`);
  if (replicaIdentity !== present.replicaIdentity) {
    const index = indexes.find((candidate) => candidate.replicaIdentity);
    const identity = index === undefined ? REPLICA_IDENTITIES[replicaIdentity]! : `USING INDEX ${quoted(index.name)}`;
    await client.query(`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`);
  }
  if (rowSecurity !== present.rowSecurity) await client.query(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`);
  if (forceRowSecurity !== present.forceRowSecurity) await client.query(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`);
}

interface Comment {
  readonly object: string;
  readonly comment: string | null;
}

function comments(
  table: NamedTable,
  { comment, columns, constraints, indexes, statistics, sequences }: TableFacts,
): Comment[] {
  const name = quotedName(table);
  return [
    { object: `TABLE ${name}`, comment },
    ...columns.map((column) => ({ object: `COLUMN ${name}.${quoted(column.name)}`, comment: column.comment })),
    ...constraints.map((constraint) => ({
      object: `CONSTRAINT ${quoted(constraint.name)} ON ${name}`,
      comment: constraint.comment,
    })),
    ...indexes.map((index) => ({
      object: `INDEX ${quoted(table.schema)}.${quoted(index.name)}`,
      comment: index.comment,
    })),
    ...statistics.map((one) => ({ object: `STATISTICS ${quotedName(one)}`, comment: one.comment })),
    ...sequences.map((sequence) => ({ object: `SEQUENCE ${quotedName(sequence)}`, comment: sequence.comment })),
  ];
}

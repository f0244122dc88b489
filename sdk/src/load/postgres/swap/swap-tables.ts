import type pg from "pg";
import { FatalError } from "../../../errors/millrace-error.ts";
import { quoted } from "../target-columns.ts";
import { carryFacts } from "./carry-facts.ts";
import { DEPENDANTS } from "./dependants.ts";
import { quotedName, type NewTable } from "./new-table.ts";
import { continueSequences } from "./sequences.ts";
import { readTableFacts, type NamedTable, type TableFacts } from "./table-facts.ts";

export interface SwapOptions {
  readonly old: NamedTable;
  readonly next: NewTable;
  /** What the new table was made from. */
  readonly facts: TableFacts;
}

/**
 * Within a transaction: the new table takes the place of the old one, with all that it is beside its rows, or nothing happens.
 * Raises FatalError SWAP_CHANGED, SWAP_DEPENDANTS, SWAP_DIFFERS; what the server says where the lock is not had in time.
 */
export async function swapTables(client: pg.Client, { old, next, facts }: SwapOptions): Promise<void> {
  await client.query(`LOCK TABLE ${quotedName(old)} IN ACCESS EXCLUSIVE MODE`);
  const present = await readTableFacts(client, old);
  if (JSON.stringify(built(present)) !== JSON.stringify(built(facts))) {
    throw new FatalError(
      "SWAP_CHANGED",
      `${quotedName(old)} was altered while the table that is to replace it was built; it is kept`,
      { fix: "Run again" },
    );
  }
  await requireNoDependants(client, old);
  await client.query(`ALTER TABLE ${next.quoted} OWNER TO ${present.owner}`);
  await continueSequences(client, { from: old, to: next });
  for (const { identity, schema, name, column } of present.sequences) {
    if (!identity)
      await client.query(`ALTER SEQUENCE ${quotedName({ schema, name })} OWNED BY ${next.quoted}.${quoted(column)}`);
  }
  const before = await readTableFacts(client, next);
  await client.query(`DROP TABLE ${quotedName(old)}`);
  await rename(client, { old, next, facts: present, before });
  await carryFacts(client, old, present);
  const differing = differences(present, await readTableFacts(client, old));
  if (differing.length > 0) {
    throw new FatalError(
      "SWAP_DIFFERS",
      `The table that was to replace ${quotedName(old)} would differ from it: ${differing.join(", ")}; the old one is kept`,
      {
        fix: "Load with `replace` without `swap`, which keeps the table",
        details: { differing },
      },
    );
  }
}

async function requireNoDependants(client: pg.Client, old: NamedTable): Promise<void> {
  const { rows } = await client.query<{ oid: string }>("SELECT to_regclass($1)::oid::text AS oid", [quotedName(old)]);
  const dependants = await client.query<{ name: string }>(DEPENDANTS, [rows[0]!.oid]);
  if (dependants.rows.length === 0) return;
  const names = dependants.rows.map(({ name }) => name);
  throw new FatalError(
    "SWAP_DEPENDANTS",
    `A swap of ${quotedName(old)} would break ${names.join(", ")}, which came while the new table was built`,
    {
      fix: "Load with `replace` without `swap`, which keeps the table",
      details: { dependants: names },
    },
  );
}

async function rename(
  client: pg.Client,
  { old, next, facts, before }: SwapOptions & { readonly before: TableFacts },
): Promise<void> {
  const table = quotedName(old);
  await client.query(`ALTER TABLE ${next.quoted} RENAME TO ${quoted(old.name)}`);
  for (const [place, { name }] of facts.indexes.entries()) {
    await client.query(`ALTER INDEX ${quoted(old.schema)}.${quoted(next.indexName(place))} RENAME TO ${quoted(name)}`);
  }
  for (const [index, { schema, name }] of facts.statistics.entries()) {
    await client.query(
      `ALTER STATISTICS ${quoted(schema)}.${quoted(next.statisticsName(index))} RENAME TO ${quoted(name)}`,
    );
  }
  for (const { identity, column, schema, name } of before.sequences) {
    const wanted = facts.sequences.find((sequence) => sequence.column === column);
    if (identity && wanted !== undefined)
      await client.query(`ALTER SEQUENCE ${quotedName({ schema, name })} RENAME TO ${quoted(wanted.name)}`);
  }
  for (const { type, definition, name } of before.constraints) {
    const wanted = facts.constraints.find(
      (constraint) => constraint.type === type && constraint.definition === definition,
    );
    const named = type === "c" || type === "n"; // the others have their names already, or by their index
    if (named && wanted !== undefined && wanted.name !== name) {
      await client.query(`ALTER TABLE ${table} RENAME CONSTRAINT ${quoted(name)} TO ${quoted(wanted.name)}`);
    }
  }
}

/** What the new table had to be built with; the rest is taken over at the swap. */
function built({
  columns,
  constraints,
  indexes,
  statistics,
  sequences,
  persistence,
  accessMethod,
  tablespace,
  options,
  toastOptions,
}: TableFacts): unknown {
  return {
    columns: columns.map((column) => without(column, "comment", "privileges")),
    constraints: constraints.map((constraint) => without(constraint, "comment")),
    indexes: indexes.map((index) => without(index, "comment", "clustered", "replicaIdentity")),
    statistics: statistics.map((one) => without(one, "comment", "owner")),
    sequences: sequences.map((sequence) => without(sequence, "comment", "owner", "privileges")),
    persistence,
    accessMethod,
    tablespace,
    options,
    toastOptions,
  };
}

function without<Facts extends object>(facts: Facts, ...keys: readonly (keyof Facts & string)[]): unknown {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !keys.includes(key as keyof Facts & string)));
}

/** Where two tables differ: `columns.amount.default`. */
function differences(one: unknown, other: unknown, path = ""): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const both = [one, other];
  if (
    both.every(
      (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((entry) => typeof entry === "object" && entry !== null && "name" in entry),
    )
  ) {
    const [ours, theirs] = both.map(
      (value) => new Map((value as { name: string }[]).map((entry) => [entry.name, entry])),
    );
    return [...new Set([...ours!.keys(), ...theirs!.keys()])].flatMap((name) =>
      differences(ours!.get(name), theirs!.get(name), `${path}.${name}`),
    );
  }
  if (both.every((value) => typeof value === "object" && value !== null && !Array.isArray(value))) {
    const [ours, theirs] = both as Record<string, unknown>[];
    return Object.keys(ours!).flatMap((key) =>
      differences(ours![key], theirs![key], path === "" ? key : `${path}.${key}`),
    );
  }
  return [path];
}

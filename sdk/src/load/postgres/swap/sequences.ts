import type pg from "pg";
import { quotedName } from "./new-table.ts";
import { readTableFacts, type NamedTable } from "./table-facts.ts";

/** Within a transaction: identity columns of one table go on where those of another stand, if they are not further already. */
export async function continueSequences(
  client: pg.Client,
  { from, to }: { readonly from: NamedTable; readonly to: NamedTable },
): Promise<void> {
  const theirs = (await readTableFacts(client, from)).sequences;
  for (const { identity, column, ...ours } of (await readTableFacts(client, to)).sequences) {
    const other = theirs.find((sequence) => sequence.identity && sequence.column === column);
    if (!identity || other === undefined) continue;
    const { type, start, increment, min, max, cache, cycle } = other.definition;
    // LIKE makes it a sequence of bigint, whatever the column's type.
    await client.query(
      `ALTER SEQUENCE ${quotedName(ours)} AS ${type} INCREMENT ${increment} MINVALUE ${min} MAXVALUE ${max} START ${start} CACHE ${cache} ${cycle ? "" : "NO "}CYCLE`,
    );
    const state = (name: string) => `SELECT last_value, is_called FROM ${name}`;
    const direction = ours.definition.increment.startsWith("-") ? "ASC" : "DESC";
    await client.query(
      `SELECT setval($1, last_value, is_called) FROM (${state(quotedName(other))} UNION ALL ${state(quotedName(ours))} ORDER BY last_value ${direction}, is_called DESC LIMIT 1) further`,
      [quotedName(ours)],
    );
  }
}

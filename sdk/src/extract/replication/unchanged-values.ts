import type pg from "pg";
import { columnList, quoted } from "../../load/postgres/target-columns.ts";
import type { Relation } from "../postgres/relation.ts";
import type { ChangeEvent } from "../changes/change-event.ts";

type Values = Record<string, string | null | undefined>;

/**
 * Fills in long values that an update has left as they were, so that the log does not tell them, from the table as it is now.
 * Where such a value was changed since, or the row deleted, the log tells of it later on; an update of a row that is gone by
 * now is left out.
 */
export async function fillUnchanged(
  client: pg.Client,
  { key, columns, from }: Relation,
  events: readonly ChangeEvent[],
): Promise<readonly ChangeEvent[]> {
  const lacking = events.filter(({ after }) => after !== null && Object.values(after).includes(undefined));
  if (lacking.length === 0) return events;
  const names = [...new Set(lacking.flatMap(({ after }) => missing(after as Values)))].filter((name) =>
    columns.some((column) => column.name === name),
  );
  const types = key.map((name) => columns.find((column) => column.name === name)!.type);
  const texts = [...key, ...names].map((name) => `${quoted(name)}::text AS ${quoted(name)}`).join(", ");
  const given = types.map((type, index) => `$${index + 1}::text[]::${type}[]`).join(", ");
  const { rows } = await client.query<Values>(
    `SELECT ${texts} FROM ${from} WHERE (${columnList(key.map((name) => ({ name })))}) IN (SELECT * FROM unnest(${given}))`,
    key.map((name) => lacking.map(({ after }) => (after as Values)[name])),
  );
  const present = new Map(rows.map((row) => [keyOf(row, key), row]));
  return events.flatMap((event) => {
    const after = event.after as Values | null;
    if (after === null || !Object.values(after).includes(undefined)) return [event];
    const row = present.get(keyOf(after, key));
    if (row === undefined) return [];
    const filled = missing(after).filter((name) => name in row);
    return [{ ...event, after: { ...after, ...Object.fromEntries(filled.map((name) => [name, row[name]])) } }];
  });
}

function missing(values: Values): string[] {
  return Object.keys(values).filter((name) => values[name] === undefined);
}

function keyOf(values: Values, key: readonly string[]): string {
  return JSON.stringify(key.map((name) => values[name]));
}

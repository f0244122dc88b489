import type pg from "pg";
import { columnList, quoted } from "../target-columns.ts";
import type { ChangeColumns } from "./change-columns.ts";
import { deletionTime, NET, netValues, type NetOptions } from "./net-changes.ts";
import { isNewer, sequenceNumber } from "./sequence.ts";
import { makeWay, type UniqueValues } from "./unique-swaps.ts";
import { keyText, TOMBSTONES } from "./tombstones.ts";

export interface AppliedNet {
  /** Some of its changes take rows away. */
  readonly removals: boolean;
  /** The target's table has tombstones. */
  readonly entombed: boolean;
  readonly unique: UniqueValues;
}

/** Brings NET into the target: deletions first, so that what they held is free for others, then rows; both only where they are newer. */
export async function applyNet(client: pg.Client, options: NetOptions, net: AppliedNet): Promise<void> {
  const { columns } = options;
  if (net.removals) {
    await client.query(columns.softDelete === null ? deleteStatement(options) : markStatement(options));
    await client.query(entombStatement(options), [columns.table]);
  }
  if (columns.written === undefined) return; // no row has come yet
  if (net.entombed) await client.query(exhumeStatement(options), [columns.table]);
  await makeWay(client, options, net.unique);
  await client.query(writeStatement(options));
}

function deleteStatement({ target, columns }: NetOptions): string {
  return `DELETE FROM ${target} AS present USING ${NET} net WHERE NOT net.whole AND net.present AND ${sameKey(columns)} AND ${newer(columns)}`;
}

function markStatement({ target, columns }: NetOptions): string {
  const { softDelete, sequence } = columns;
  const name = quoted(sequence.name);
  return `UPDATE ${target} AS present SET ${name} = net.${name}, ${quoted(softDelete!.name)} = ${deletionTime(softDelete!)}
FROM ${NET} net WHERE NOT net.whole AND net.present AND ${sameKey(columns)} AND ${newer(columns)}`;
}

/** Deletions that leave no row behind leave a tombstone. */
function entombStatement({ columns }: NetOptions): string {
  const { key, sequence, softDelete } = columns;
  return `INSERT INTO ${TOMBSTONES} AS present (target_table, key, sequence)
SELECT $1, ${keyText(key, "net.")}, ${sequenceNumber(sequence, `net.${quoted(sequence.name)}`)} FROM ${NET} net
WHERE NOT net.whole${softDelete === null ? "" : " AND NOT net.present"}
ON CONFLICT (target_table, key) DO UPDATE SET sequence = excluded.sequence, deleted_at = excluded.deleted_at WHERE excluded.sequence > present.sequence`;
}

/** A newer row takes the place of a tombstone. */
function exhumeStatement({ columns }: NetOptions): string {
  return `DELETE FROM ${TOMBSTONES} present USING ${NET} net WHERE net.whole AND present.target_table = $1 AND present.key = ${keyText(columns.key, "net.")}`;
}

function writeStatement({ target, columns }: NetOptions): string {
  const { key } = columns;
  const values = netValues(columns);
  const names = [...values.keys()];
  const set = names.filter((name) => !key.some((part) => part.name === name)).map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `INSERT INTO ${target} AS present (${names.map((name) => quoted(name)).join(", ")})
SELECT ${[...values.values()].join(", ")} FROM ${NET} net WHERE net.whole
ON CONFLICT (${columnList(key)}) DO UPDATE SET ${set.join(", ")} WHERE ${newer(columns, "excluded")}`;
}

function sameKey({ key }: ChangeColumns): string {
  return key.map(({ name }) => `present.${quoted(name)} = net.${quoted(name)}`).join(" AND ");
}

function newer({ sequence }: ChangeColumns, change = "net"): string {
  const name = quoted(sequence.name);
  return isNewer(sequence, `${change}.${name}`, `present.${name}`);
}

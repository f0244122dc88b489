import type { AnyPgTable } from "drizzle-orm/pg-core";
import type { Append, ApplyChanges, LoadStrategy, Upsert } from "../load/strategy.ts";
import type { NameOf } from "./loaded-rows.ts";

/** A table and how rows come into it. */
export interface Target<Table extends AnyPgTable = AnyPgTable, Load extends LoadStrategy = LoadStrategy> {
  readonly table: Table;
  readonly load: Load;
}

/** Strategies that bring rows in chunk by chunk. */
export type ChunkLoad<TableName extends string = string> =
  | Append<TableName>
  | Upsert<TableName>
  | ApplyChanges<TableName>;

export type AnyRunTarget = Target<AnyPgTable, ChunkLoad>;

/** A target of an operator's `run`: `chunk.write` brings rows into the table as `load` says. */
export function target<Table extends AnyPgTable, const Load extends ChunkLoad<NameOf<Table>>>(
  table: Table,
  load: Load,
): Target<Table, Load> {
  return { table, load };
}

import type { Sql } from "postgres";

export interface StartingTable {
  readonly table: string;
  /** Tells apart states of one table. */
  readonly state: string;
  /** Makes it anew, empty; without it, it is only emptied. */
  readonly ddl?: string;
  /** Brings rows and whatever else there is to be, in the contender's own way; done once. */
  readonly seed?: () => Promise<unknown>;
}

/** Tables as a run finds them, written once and laid anew for each run. */
export class StartingTables {
  readonly #sql: Sql;
  readonly #kept = new Set<string>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lay({ table, state, ddl, seed }: StartingTable): Promise<void> {
    const kept = `kept."${table} ${state}"`;
    if (ddl !== undefined) await this.#sql.unsafe(ddl);
    if (seed !== undefined && !this.#kept.has(kept)) {
      await seed();
      await this.#sql.unsafe(`CREATE TABLE ${kept} AS TABLE ${table}`);
      this.#kept.add(kept);
      if (ddl !== undefined) await this.#sql.unsafe(ddl);
    }
    if (ddl === undefined) await this.#sql.unsafe(`TRUNCATE ${table}`);
    if (seed !== undefined) await this.#sql.unsafe(`INSERT INTO ${table} SELECT * FROM ${kept}`);
    await this.#sql.unsafe(`VACUUM ANALYZE ${table}`);
    await this.#sql.unsafe("CHECKPOINT");
  }
}

import type pg from "pg";
import type { Lane } from "../lane.ts";
import { claim, dropLeftovers } from "./leftovers.ts";
import { NewTable } from "./new-table.ts";
import { continueSequences } from "./sequences.ts";
import { readTableFacts, type NamedTable, type TableFacts } from "./table-facts.ts";

/** A table that is built to take another one's place. */
export class TableBuild {
  readonly old: NamedTable;
  /** Of the old table, when the build began. */
  readonly facts: TableFacts;
  readonly next: NewTable;
  readonly #client: pg.Client;

  private constructor(client: pg.Client, old: NamedTable, facts: TableFacts) {
    this.#client = client;
    this.old = old;
    this.facts = facts;
    this.next = new NewTable(old, facts);
  }

  /** Makes the new table, without rows, indexes and foreign keys, on a connection that then holds a claim to it. */
  static async begin({ client }: Lane, target: string): Promise<TableBuild> {
    const old = await findTable(client, target);
    await dropLeftovers(client, old);
    await client.query("BEGIN");
    const build = new TableBuild(client, old, await readTableFacts(client, old));
    await client.query("COMMIT");
    await claim(client, build.next);
    await build.make();
    return build;
  }

  /** Makes the new table, once more if need be; with its indexes and foreign keys where it is to check each row. */
  async make(checking = false): Promise<void> {
    const { old, next } = this;
    await this.drop();
    await this.#client.query("BEGIN");
    await next.create(this.#client, old);
    await continueSequences(this.#client, { from: old, to: next });
    if (checking) await next.createIndexes(this.#client);
    if (checking) await next.createForeignKeys(this.#client);
    await this.#client.query("COMMIT");
  }

  async drop(): Promise<void> {
    await this.#client.query(`DROP TABLE IF EXISTS ${this.next.quoted}`);
  }
}

async function findTable(client: pg.Client, target: string): Promise<NamedTable> {
  const { rows } = await client.query<NamedTable>(
    "SELECT nspname AS schema, relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)",
    [target],
  );
  return rows[0]!;
}

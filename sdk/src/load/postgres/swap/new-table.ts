import { createHash, randomUUID } from "node:crypto";
import type pg from "pg";
import { quoted } from "../target-columns.ts";
import type { ConstraintFacts, IndexFacts, NamedTable, TableFacts } from "./table-facts.ts";

/** The table that is built, and the names that its parts have until they take the old ones. */
export class NewTable implements NamedTable {
  readonly schema: string;
  readonly name: string;
  readonly #facts: TableFacts;

  constructor(old: NamedTable, facts: TableFacts) {
    this.schema = old.schema;
    this.name = `${newTablePrefix(old)}${randomUUID().slice(0, 8)}`;
    this.#facts = facts;
  }

  /** Quoted, with its schema. */
  get quoted(): string {
    return quotedName(this);
  }

  /** The name that an index, or the constraint that it is there for, has in the meantime. */
  indexName(index: number): string {
    return `${this.name}_i${index}`;
  }

  statisticsName(index: number): string {
    return `${this.name}_s${index}`;
  }

  /** Without rows, indexes and foreign keys; sequences go on where those of the old table stand. */
  async create(client: pg.Client, old: NamedTable): Promise<void> {
    const { persistence, accessMethod, tablespace, options, toastOptions, columns } = this.#facts;
    const unlogged = persistence === "u" ? "UNLOGGED " : "";
    await inTablespace(client, tablespace, async () => {
      await client.query(
        `CREATE ${unlogged}TABLE ${this.quoted} (LIKE ${quotedName(old)} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS) USING ${quoted(accessMethod)}`,
      );
    });
    const set = [...options, ...toastOptions.map((option) => `toast.${option}`)];
    if (set.length > 0) await client.query(`ALTER TABLE ${this.quoted} SET (${optionList(set)})`);
    for (const { name, statistics, options: attributes } of columns) {
      const column = `ALTER TABLE ${this.quoted} ALTER COLUMN ${quoted(name)}`;
      if (statistics !== null) await client.query(`${column} SET STATISTICS ${statistics}`);
      if (attributes.length > 0) await client.query(`${column} SET (${optionList(attributes)})`);
    }
  }

  /** Indexes, the constraints that have one, and what the planner is to know of several columns together. */
  async createIndexes(client: pg.Client): Promise<void> {
    const { indexes, constraints, statistics, schema } = { ...this.#facts, schema: this.schema };
    for (const [place, index] of indexes.entries()) {
      const name = this.indexName(place);
      const constraint = index.ofConstraint ? constraints.find((one) => one.name === index.name)! : undefined;
      await inTablespace(client, index.tablespace, () => this.#createIndex(client, quoted(name), index, constraint));
      for (const [column, target] of index.statistics.entries()) {
        if (target !== null)
          await client.query(
            `ALTER INDEX ${quotedName({ schema, name })} ALTER COLUMN ${column + 1} SET STATISTICS ${target}`,
          );
      }
    }
    for (const [index, { definition, target, schema: own }] of statistics.entries()) {
      const name = `${quoted(own)}.${quoted(this.statisticsName(index))}`;
      await client.query(`CREATE STATISTICS ${name}${definition} FROM ${this.quoted}`);
      if (target !== null) await client.query(`ALTER STATISTICS ${name} SET STATISTICS ${target}`);
    }
  }

  async #createIndex(
    client: pg.Client,
    name: string,
    index: IndexFacts,
    constraint: ConstraintFacts | undefined,
  ): Promise<void> {
    const ofConstraint = constraint && indexedConstraint(constraint);
    // An index can become a constraint, and only so keeps its own options; those of GiST (exclusion, WITHOUT OVERLAPS) can not.
    if (ofConstraint === null) {
      await client.query(`ALTER TABLE ${this.quoted} ADD CONSTRAINT ${name} ${constraint!.definition}`);
      if (index.options.length > 0)
        await client.query(`ALTER INDEX ${quoted(this.schema)}.${name} SET (${optionList(index.options)})`);
      return;
    }
    await client.query(`CREATE ${index.unique ? "UNIQUE " : ""}INDEX ${name} ON ${this.quoted} ${index.definition}`);
    if (ofConstraint === undefined) return;
    await client.query(
      `ALTER TABLE ${this.quoted} ADD CONSTRAINT ${name} ${ofConstraint.kind} USING INDEX ${name}${ofConstraint.timing}`,
    );
  }

  /** Checked without keeping others from writing to the tables that they refer to. */
  async createForeignKeys(client: pg.Client): Promise<void> {
    for (const { name, type, definition, validated } of this.#facts.constraints) {
      if (type !== "f") continue;
      await client.query(`ALTER TABLE ${this.quoted} ADD CONSTRAINT ${quoted(name)} ${definition} NOT VALID`);
      if (validated) await client.query(`ALTER TABLE ${this.quoted} VALIDATE CONSTRAINT ${quoted(name)}`);
    }
  }
}

/** A constraint that an index can become; null for another. */
function indexedConstraint({
  type,
  definition,
}: ConstraintFacts): { readonly kind: string; readonly timing: string } | null {
  if ((type !== "p" && type !== "u") || definition.includes("WITHOUT OVERLAPS")) return null;
  return {
    kind: type === "p" ? "PRIMARY KEY" : "UNIQUE",
    timing: /( DEFERRABLE)?( INITIALLY DEFERRED)?$/.exec(definition)![0],
  };
}

/** What the names of all tables begin with that are built to take this one's place. */
export function newTablePrefix({ schema, name }: NamedTable): string {
  return `millrace_swap_${createHash("sha256")
    .update(JSON.stringify([schema, name]))
    .digest("hex")
    .slice(0, 12)}_`;
}

export function quotedName({ schema, name }: NamedTable): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

async function inTablespace(client: pg.Client, tablespace: string, work: () => Promise<void>): Promise<void> {
  await client.query("SELECT set_config('default_tablespace', $1, false)", [tablespace]);
  await work();
  await client.query("RESET default_tablespace");
}

/** `fillfactor=70` as SQL. */
function optionList(options: readonly string[]): string {
  return options
    .map((option) => {
      const [name, ...value] = option.split("=");
      const path = name!
        .split(".")
        .map((part) => quoted(part))
        .join(".");
      return `${path} = '${value.join("=").replaceAll("'", "''")}'`;
    })
    .join(", ");
}

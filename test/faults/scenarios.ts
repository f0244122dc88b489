import { writeChanges, writeItems, type SourceFiles } from "./files.ts";

/** A load that is to come to the same, however often it is interrupted. */
export interface Scenario {
  readonly name: string;
  readonly operator: string;
  readonly partition?: string;
  /** Makes the target. */
  readonly ddl: string;
  /** The target has the rows of an earlier source. */
  readonly filled: boolean;
  writeFiles(folder: string, random: () => number): Promise<SourceFiles>;
  /** What became of a record depends on which others are in its chunk, and with it on where a retry goes on. */
  readonly countsDependOnChunks?: boolean;
}

const COLUMNS = "id int NOT NULL, day date NOT NULL, amount numeric(12,2), note text CHECK (note <> 'refused')";

const bases: readonly Omit<Scenario, "filled">[] = [
  { name: "append", operator: "appended", ddl: `CREATE TABLE appended (${COLUMNS})`, writeFiles: writeItems },
  {
    name: "upsert",
    operator: "upserted",
    ddl: `CREATE TABLE upserted (${COLUMNS}, PRIMARY KEY (id))`,
    writeFiles: writeItems,
  },
  {
    name: "upsert with a hash",
    operator: "hashed",
    ddl: `CREATE TABLE hashed (${COLUMNS}, row_hash text, PRIMARY KEY (id))`,
    writeFiles: writeItems,
  },
  {
    name: "delete-insert",
    operator: "partitioned",
    partition: "2024-01-01",
    ddl: `CREATE TABLE partitioned (${COLUMNS}, UNIQUE (id)); INSERT INTO partitioned VALUES (-1, '2024-01-02', 1, 'another day')`,
    writeFiles: writeItems,
  },
  {
    name: "replace",
    operator: "replaced",
    ddl: `CREATE TABLE replaced (${COLUMNS}, PRIMARY KEY (id))`,
    writeFiles: writeItems,
  },
  {
    name: "replace by a swap",
    operator: "swapped",
    ddl: `CREATE TABLE swapped (${COLUMNS}, PRIMARY KEY (id))`,
    writeFiles: writeItems,
  },
  {
    name: "apply changes",
    operator: "changed",
    ddl: `CREATE TABLE changed (${COLUMNS}, sequence int, PRIMARY KEY (id))`,
    writeFiles: writeChanges,
    countsDependOnChunks: true,
  },
  {
    name: "apply changes with soft deletion",
    operator: "soft",
    ddl: `CREATE TABLE soft (${COLUMNS}, sequence int, gone date, PRIMARY KEY (id))`,
    writeFiles: writeChanges,
    countsDependOnChunks: true,
  },
];

/** Into an empty target and, but for an append, whose source may not change, into one that has rows. */
const variants = (base: Omit<Scenario, "filled">): readonly Scenario[] => [
  { ...base, name: `${base.name} into an empty table`, filled: false },
  ...(base.name === "append" ? [] : [{ ...base, name: `${base.name} over earlier rows`, filled: true }]),
];

export const scenarios: readonly Scenario[] = bases.flatMap(variants);

/** One of each strategy, whichever it is. */
export function someScenarios(random: () => number): readonly Scenario[] {
  return bases.map((base) => {
    const all = variants(base);
    return all[Math.floor(random() * all.length)]!;
  });
}

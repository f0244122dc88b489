/** How an operator of `project` brings its rows in. */
export type Way = "append" | "upsert" | "whole" | "changes" | "commits";

/** An operator of `project`, with what is to be known of it to say what its table must be. */
export interface ModelledOperator {
  /** And of its table. */
  readonly name: string;
  readonly way: Way;
  /** Loads one day of two, and leaves the other alone. */
  readonly partitioned: boolean;
  /** Rows stay the bytes that they are: there is no transform that leaves out or rejects. */
  readonly bytes: boolean;
  /** Makes the table. */
  readonly ddl: string;
  /** Deleted rows stay, with the day on which they were. */
  readonly soft?: boolean;
  /** Another operator, which loads the same table in the same way. */
  readonly twin?: string;
  /** How often it is drawn: 1 by default; more where more can befall it than the others. */
  readonly weight?: number;
}

const COLUMNS = "id int NOT NULL, day date NOT NULL, amount numeric(12,2), note text CHECK (note <> 'refused')";
const table = (name: string, more: string) => `CREATE TABLE ${name} (${COLUMNS}${more})`;
const whole = { partitioned: false, bytes: false } as const;

/** The first is what a failing sequence is shrunk to, if it fails with that. */
export const operators: readonly ModelledOperator[] = [
  { name: "appended", way: "append", partitioned: true, bytes: true, weight: 2, ddl: table("appended", "") },
  { name: "upserted", way: "upsert", ...whole, ddl: table("upserted", ", PRIMARY KEY (id)") },
  {
    name: "hashed",
    way: "upsert",
    partitioned: false,
    bytes: true,
    ddl: table("hashed", ", row_hash text, PRIMARY KEY (id)"),
  },
  {
    name: "partitioned",
    twin: "partitioned_twin",
    way: "whole",
    partitioned: true,
    bytes: false,
    weight: 3,
    ddl: table("partitioned", ", UNIQUE (id)"),
  },
  {
    name: "replaced",
    twin: "replaced_twin",
    way: "whole",
    ...whole,
    weight: 2,
    ddl: table("replaced", ", PRIMARY KEY (id)"),
  },
  { name: "swapped", way: "whole", ...whole, ddl: table("swapped", ", PRIMARY KEY (id)") },
  { name: "changed", way: "changes", ...whole, ddl: table("changed", ", sequence int, PRIMARY KEY (id)") },
  {
    name: "changed_bytes",
    way: "changes",
    partitioned: false,
    bytes: true,
    ddl: table("changed_bytes", ", sequence int, PRIMARY KEY (id)"),
  },
  {
    name: "soft",
    way: "changes",
    ...whole,
    soft: true,
    ddl: table("soft", ", sequence int, gone date, PRIMARY KEY (id)"),
  },
  {
    name: "committed",
    way: "commits",
    ...whole,
    ddl: `${table("committed", ", PRIMARY KEY (id)")}; ${table("committed_log", "")}`,
  },
];

export const days: readonly string[] = ["2024-01-01", "2024-01-02"];

/** As many records as an operator takes at a time: `chunks` of `project`. */
export const CHUNK = 40;

/** The partition of an operator for a day: empty where it has none. */
export function partitionOf({ partitioned }: ModelledOperator, day: number): string {
  return partitioned ? days[day]! : "";
}

import type { BenchDatabase, Run } from "./bench-database.ts";
import type { FileKind, OrderFiles } from "./files.ts";
import type { OperatorName } from "./operators.ts";
import { psql } from "./psql.ts";
import { resetSql } from "./tables.ts";

export interface Contender {
  readonly name: string;
  /** Makes what it needs; not timed. */
  readonly prepare: () => Promise<unknown>;
  readonly run: () => Promise<Run>;
}

export interface Case {
  readonly name: string;
  readonly target: number;
  readonly ours: Contender;
  readonly theirs: Contender;
  /** Also the client's CPU and memory have a limit: seconds a million rows, and MB. */
  readonly limits?: { readonly cpu: number; readonly peakMb: number };
}

export interface OursOptions {
  readonly hashed?: boolean;
  readonly partition?: string;
  /** A condition of the table. */
  readonly check?: string;
  readonly prepare?: () => Promise<unknown>;
}

/** Makes contenders on one database. */
export class Contenders {
  readonly #database: BenchDatabase;
  readonly #files: OrderFiles;

  constructor(database: BenchDatabase, files: OrderFiles) {
    this.#database = database;
    this.#files = files;
  }

  ours(operator: OperatorName, kind: FileKind, options: OursOptions = {}): Contender {
    const { hashed = false, partition, check, prepare } = options;
    return {
      name: `millrace ${operator}`,
      prepare: prepare ?? (() => this.#reset(hashed, check)),
      run: async () => await this.#database.worker(operator, await this.#files.path(kind), partition),
    };
  }

  theirs(
    name: string,
    script: () => Promise<string>,
    prepare: () => Promise<unknown> = () => this.#reset(false),
  ): Contender {
    let text = "";
    return {
      name: `psql ${name}`,
      prepare: async () => {
        await prepare();
        text = await script();
      },
      run: async () => ({ ms: await psql(this.#database.url, text) }),
    };
  }

  /** The table as it is once a file has been loaded. */
  loaded(operator: OperatorName, kind: FileKind, { hashed = false, partition }: OursOptions = {}): () => Promise<void> {
    return async () => {
      await this.#reset(hashed);
      await this.#database.worker(operator, await this.#files.path(kind), partition);
      await this.#database.sql.unsafe("VACUUM ANALYZE orders");
      await this.#database.sql.unsafe("CHECKPOINT");
    };
  }

  async #reset(hashed: boolean, check?: string): Promise<void> {
    await this.#database.sql.unsafe(resetSql({ hashed, ...(check !== undefined && { checks: check }) }));
  }
}

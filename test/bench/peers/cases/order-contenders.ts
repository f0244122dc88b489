import type { Bench } from "../bench.ts";
import type { Contender } from "../contender.ts";
import { dlt, dltTable, type DltHint, type DltPath } from "../contenders/dlt.ts";
import { drizzleProgram } from "../contenders/drizzle.ts";
import { millrace } from "../contenders/millrace.ts";
import { psql } from "../contenders/psql.ts";
import { python } from "../contenders/python.ts";
import { sling } from "../contenders/sling.ts";
import { measureProgram } from "../../measure/program.ts";
import { scripts } from "../scripts.ts";
import { StartingTables } from "../starting-tables.ts";
import { HASHED_ORDERS, ORDERS } from "../tables.ts";
import { forgetRuns } from "./forget-runs.ts";

export interface OrderCase {
  readonly name: string;
  /** What is loaded. */
  readonly file: string;
  /** What the table holds before; without it, nothing. */
  readonly before?: string;
  readonly ddl?: string;
}

export interface MillraceOptions {
  readonly hashed?: boolean;
  readonly partition?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes contenders that load a file of orders, all from the same start. */
export class OrderContenders {
  readonly #bench: Bench;
  readonly #case: OrderCase;
  readonly #tables: StartingTables;

  constructor(bench: Bench, one: OrderCase) {
    this.#bench = bench;
    this.#case = one;
    this.#tables = new StartingTables(bench.sql);
  }

  psql(name: string, script: (file: string) => string): Contender {
    return this.#plain("psql", `psql ${name}`, () => psql(this.#bench, script(this.#case.file)));
  }

  millrace(name: string, operator: string, { hashed = false, partition, env }: MillraceOptions = {}): Contender {
    const load = (file: string) =>
      millrace(this.#bench, {
        operator,
        // An operator of partitions finds its file itself.
        config: partition === undefined ? { file } : {},
        ...(partition !== undefined && { partition }),
        ...(env !== undefined && { env }),
      });
    const contender = this.#plain("millrace", `Millrace, ${name}`, () => load(this.#case.file));
    if (!hashed) return contender;
    const seed = async (file: string) => await this.#run(await load(file));
    return {
      ...contender,
      table: "hashed.orders",
      prepare: () => this.#lay("hashed.orders", { ddl: HASHED_ORDERS, state: operator, seed }),
    };
  }

  dlt(path: DltPath, hint: DltHint, name: string = hint): Contender {
    const run = { case: this.#case.name, path, hint } as const;
    const table = dltTable(run);
    const load = (file: string) => dlt(this.#bench, run, file);
    let made = false;
    return {
      peer: "dlt",
      name: `dlt, ${path === "arrow" ? "Arrow by ADBC" : "normal"}, ${name}`,
      table,
      program: () => load(this.#case.file),
      prepare: async () => {
        if (!made) {
          // It makes its table itself when it first runs; then that gets the key that everybody's has.
          await this.#run(load(await this.#bench.files.few()));
          await this.#bench.sql.unsafe(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
          made = true;
        }
        await this.#lay(table, { state: hint, seed: (file) => this.#run(load(file)) });
      },
    };
  }

  sling(...args: readonly string[]): readonly Contender[] {
    if (this.#bench.environment.sling === null) return [];
    const source = ["--src-stream", `file://${this.#case.file}`];
    return [this.#plain("sling", "Sling", () => sling(this.#bench, [...source, ...args]))];
  }

  python(peer: "pandas" | "polars" | "psycopg", name: string, verb = this.#case.name): Contender {
    return this.#plain(peer, name, () => python(this.#bench, `${peer}_peer.py`, [verb, this.#case.file]));
  }

  drizzle(verb = this.#case.name): Contender {
    return this.#plain("drizzle", "drizzle, batches of 1,000", () =>
      drizzleProgram(this.#bench, [verb, this.#case.file]),
    );
  }

  #plain(peer: string, name: string, program: Contender["program"]): Contender {
    const ddl = this.#case.ddl ?? ORDERS;
    const seed = async (file: string) => this.#run(await psql(this.#bench, scripts.copy(file)));
    return { peer, name, table: "orders", program, prepare: () => this.#lay("orders", { ddl, state: "plain", seed }) };
  }

  async #lay(
    table: string,
    {
      ddl,
      state,
      seed,
    }: { readonly ddl?: string; readonly state: string; readonly seed: (file: string) => Promise<unknown> },
  ): Promise<void> {
    const { before, name } = this.#case;
    await this.#tables.lay({
      table,
      state: `${name} ${state}`,
      ...(ddl !== undefined && { ddl }),
      ...(before !== undefined && { seed: () => seed(before) }),
    });
    await forgetRuns(this.#bench);
  }

  async #run(program: Parameters<typeof measureProgram>[0]): Promise<void> {
    await measureProgram(program, { python: this.#bench.environment.python, limitSeconds: 600 });
  }
}

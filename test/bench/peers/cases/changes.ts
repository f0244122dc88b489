import { measureProgram, type Program } from "../../measure/program.ts";
import type { Bench } from "../bench.ts";
import { CUSTOMERS_CONTENT } from "../content.ts";
import type { Contender, PeerCase } from "../contender.ts";
import { dlt, dltTable, type DltPath } from "../contenders/dlt.ts";
import { drizzleProgram } from "../contenders/drizzle.ts";
import { millrace } from "../contenders/millrace.ts";
import { psql } from "../contenders/psql.ts";
import { python } from "../contenders/python.ts";
import { scripts } from "../scripts.ts";
import { CUSTOMERS } from "../tables.ts";
import { forgetRuns } from "./forget-runs.ts";

/** Of each key come ten changes. */
const CHANGES_A_KEY = 10;

/** Inserts, updates and deletes as a source captured them, into an empty table. */
export async function changesCase(bench: Bench): Promise<PeerCase> {
  const events = Math.round(bench.rows / 5);
  const file = await bench.files.events(events, events / CHANGES_A_KEY);
  const contender = (peer: string, name: string, program: () => Promise<Program> | Program): Contender => ({
    peer,
    name,
    table: "customers",
    program,
    prepare: async () => {
      await bench.sql.unsafe(CUSTOMERS);
      await forgetRuns(bench);
      await bench.sql.unsafe("CHECKPOINT");
    },
  });
  const byDlt = (path: DltPath): Contender => {
    const run = { case: "changes", path, hint: "changes" } as const;
    const table = dltTable(run, "customers");
    let made = false;
    return {
      ...contender("dlt", `dlt, ${path === "arrow" ? "Arrow by ADBC" : "normal"}, merge with hard deletes`, () =>
        dlt(bench, run, file),
      ),
      table,
      prepare: async () => {
        if (!made) {
          const few = await bench.files.fewEvents();
          await measureProgram(dlt(bench, run, few), { python: bench.environment.python, limitSeconds: 600 });
          await bench.sql.unsafe(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
          made = true;
        }
        await bench.sql.unsafe(`TRUNCATE ${table}`);
        await bench.sql.unsafe("CHECKPOINT");
      },
    };
  };
  const config = { file };
  return {
    name: "changes",
    about: `${events.toLocaleString("en")} changes (inserts, updates, deletes) of ${(events / CHANGES_A_KEY).toLocaleString("en")} keys`,
    rows: events,
    content: CUSTOMERS_CONTENT,
    contenders: [
      contender("psql", "psql \\copy + SQL of the last of each key", () => psql(bench, scripts.changes(file))),
      contender("millrace", "Millrace, applyChanges, typed columns", () =>
        millrace(bench, { operator: "changes_typed", config }),
      ),
      contender("millrace", "Millrace, applyChanges, zod", () => millrace(bench, { operator: "changes", config })),
      byDlt("arrow"),
      byDlt("normal"),
      contender("psycopg", "psycopg, COPY + SQL of the last of each key", () =>
        python(bench, "psycopg_peer.py", ["changes", file]),
      ),
      contender("polars", "polars, the last of each key, ADBC + merge", () =>
        python(bench, "polars_peer.py", ["changes", file]),
      ),
      contender("pandas", "pandas, the last of each key, batches of 1,000", () =>
        python(bench, "pandas_peer.py", ["changes", file]),
      ),
      contender("drizzle", "drizzle, batches of 1,000, the last of each key in them", () =>
        drizzleProgram(bench, ["changes", file]),
      ),
    ],
  };
}

import {
  applyChanges,
  changesOf,
  defineOperator,
  replication,
  type ChangeEvent,
  type LoadOperator,
  type RecordSource,
} from "@millrace/sdk";
import { runOperator, startPostgres, type PostgresServer } from "@millrace/sdk/testing";
import { customType, integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import postgres, { type Sql } from "postgres";

const lsn = customType<{ data: string }>({ dataType: () => "pg_lsn" });
const columns = {
  id: integer("id").primaryKey(),
  name: text("name"),
  body: text("body"),
  document: jsonb("document"),
  at: timestamp("at", { withTimezone: true, mode: "string" }),
  lsn: lsn("lsn"),
};
const hard = pgTable("notes", columns);
const soft = pgTable("notes", {
  ...columns,
  deletedAt: timestamp("deleted_at", { withTimezone: true, mode: "string" }),
});

const CREATE = "CREATE TABLE notes (id int PRIMARY KEY, name text, body text, document jsonb, at timestamptz)";

let source: PostgresServer | undefined;
let target: PostgresServer | undefined;
let databases = 0;

export interface Replicated extends AsyncDisposable {
  readonly source: Sql;
  readonly sourceUrl: string;
  readonly target: Sql;
  readonly slot: string;
  readonly targetUrl: string;
  /** As a role that has no more than it needs. */
  readonly replicatorUrl: string;
  /** Runs the operator, with its events looked at on their way. */
  run(options?: RunOptions & { readonly dryRun?: boolean }): Promise<Record<string, unknown>>;
  /** The rows of both, which are to be the same. */
  rows(): Promise<{ readonly source: readonly string[]; readonly target: readonly string[] }>;
  /** How far the server may forget, and where the last run ended. */
  places(): Promise<{ readonly confirmed: string; readonly checkpoint: string }>;
}

interface RunOptions {
  readonly chunkRows?: number;
  readonly snapshot?: boolean;
  readonly watch?: (event: ChangeEvent) => void;
}

interface NotesOptions extends RunOptions {
  readonly database: string;
  readonly slot: string;
  readonly publication: string;
  readonly deletion: "hard" | "soft";
}

export function notesOperator(options: NotesOptions): LoadOperator {
  const { database, slot, publication, deletion, chunkRows = 100_000, snapshot = true, watch = () => {} } = options;
  const table = deletion === "soft" ? soft : (hard as unknown as typeof soft);
  const load = applyChanges({
    key: table.id,
    sequence: table.lsn,
    ...(deletion === "soft" && { softDelete: table.deletedAt }),
  });
  return defineOperator({
    name: "notes",
    extract: () => watched(replication(database, { slot, publication, table: "notes", snapshot }), watch),
    transform: changesOf(table, load),
    target: table,
    load,
    chunks: { maxRows: chunkRows },
  });
}

export async function openReplicated(deletion: "hard" | "soft" = "hard", publication = "notes"): Promise<Replicated> {
  source ??= await startPostgres({ settings: { wal_level: "logical", TimeZone: "Asia/Tokyo", DateStyle: "SQL, DMY" } });
  target ??= await startPostgres();
  const slot = `slot_${(databases += 1)}`;
  const sourceUrl = await source.createDatabase(`source_${databases}`);
  const targetUrl = await target.createDatabase(`target_${databases}`);
  const connection = { TimeZone: "UTC", DateStyle: "ISO" };
  const [from, to] = [sourceUrl, targetUrl].map((url) => postgres(url, { max: 2, onnotice: () => {}, connection }));
  await from!.unsafe(`${CREATE}; CREATE PUBLICATION "${publication}" FOR TABLE notes`);
  // No more than the role needs.
  await from!
    .unsafe(`DO $$ BEGIN CREATE ROLE replicator LOGIN REPLICATION; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT SELECT ON notes TO replicator`);
  const replicatorUrl = Object.assign(new URL(sourceUrl!), { username: "replicator" });
  const marks = deletion === "soft" ? ", deleted_at timestamptz" : "";
  await to!.unsafe(`${CREATE.slice(0, -1)}, lsn pg_lsn${marks})`);
  return {
    source: from!,
    sourceUrl,
    target: to!,
    slot,
    targetUrl: targetUrl!,
    replicatorUrl: String(replicatorUrl),
    async run({ dryRun = false, ...options } = {}) {
      const operator = notesOperator({ database: String(replicatorUrl), slot, publication, deletion, ...options });
      return (await runOperator(operator, { databaseUrl: targetUrl!, dryRun })).materializations[0]!.metadata;
    },
    async rows() {
      const select = "SELECT concat_ws('|', id, name, md5(body), document, at) AS line FROM notes";
      const lines = (rows: readonly Record<string, unknown>[]) => rows.map(({ line }) => line as string);
      const present = deletion === "soft" ? " WHERE deleted_at IS NULL" : "";
      return {
        source: lines(await from!.unsafe(`${select} ORDER BY id`)),
        target: lines(await to!.unsafe(`${select}${present} ORDER BY id`)),
      };
    },
    async places() {
      const [found] =
        await from!`SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = ${slot}`;
      const [checkpoint] = await to!`SELECT cursor->>'lsn' AS lsn FROM millrace.checkpoints`;
      return { confirmed: found!["lsn"] as string, checkpoint: checkpoint!["lsn"] as string };
    },
    [Symbol.asyncDispose]: async () => {
      await from!`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ${slot}`;
      await Promise.all([from!.end(), to!.end()]);
    },
  };
}

function watched(whole: RecordSource<ChangeEvent>, watch: (event: ChangeEvent) => void): RecordSource<ChangeEvent> {
  return {
    ...whole,
    async *open(options) {
      for await (const batch of whole.open(options)) {
        for (const event of batch.records) watch(event);
        yield batch;
      }
    },
  };
}

export async function stopServers(): Promise<void> {
  await source?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
}

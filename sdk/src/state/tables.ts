import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  customType,
  index,
  integer,
  json,
  jsonb,
  numeric,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { Json } from "../host/host.ts";
import type { MetadataValue } from "../host/pipes/metadata.ts";
import type { Counts } from "../record/counts.ts";

/** Where Millrace keeps its own state: in the target database, so that it commits with the data. */
export const millrace = pgSchema("millrace");

/** Any JSON; drizzle's own jsonb takes a string such as "12" for text that is still to be parsed. */
const anyJson = customType<{ data: Json }>({ dataType: () => "jsonb", toDriver: (value) => JSON.stringify(value) });

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

/** Where a run began and where the next one goes on, by the source's cursor; null where there is none yet. */
export interface CheckpointMove {
  readonly before: Json | null;
  readonly after: Json | null;
}

/** What a finished attempt reports beside its counts and the version of its data. */
export interface RunReport {
  /** Path or URI of the source; null where the rows come from the database itself. */
  readonly source: string | null;
  /** Uncompressed. */
  readonly bytesRead: number;
  readonly durationMs: number;
  /** Null, or not there, of a source without a cursor. */
  readonly checkpoint?: CheckpointMove | null;
  /** The first rows, as they are shown. */
  readonly sample: readonly Readonly<Record<string, string | number | boolean | null>>[];
  /** What else the operator has said of it. */
  readonly more?: Readonly<Record<string, MetadataValue>>;
}

/** The ledger: one row for each attempt at a partition. */
export const runs = millrace.table(
  "runs",
  {
    id: uuid("id").primaryKey(),
    operator: text("operator").notNull(),
    /** Empty for an operator without partitions. */
    partition: text("partition").notNull(),
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    schedulerRunId: text("scheduler_run_id").notNull(),
    retryNumber: integer("retry_number").notNull(),
    status: text("status", { enum: ["running", "finished", "failed"] }).notNull(),
    counts: jsonb("counts").$type<Counts>().notNull(),
    /** Transactions of the attempt that are committed. */
    commits: integer("commits").notNull().default(0),
    error: text("error"),
    dataVersion: text("data_version"),
    /** What else was reported of a finished attempt: should the scheduler not have heard it, it is reported again. */
    report: json("report").$type<RunReport>(),
    startedAt: moment("started_at").notNull().defaultNow(),
    endedAt: moment("ended_at"),
  },
  (table) => [index("runs_operator_partition").on(table.operator, table.partition, table.epoch)],
);

/** How far each partition of each operator is, and which attempt may write it. */
export const checkpoints = millrace.table(
  "checkpoints",
  {
    operator: text("operator").notNull(),
    /** Empty for an operator without partitions. */
    partition: text("partition").notNull(),
    /** Counts the attempts: the highest may write, an older one is fenced off. */
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    runId: uuid("run_id").notNull(),
    status: text("status", { enum: ["running", "finished"] }).notNull(),
    /** Records of the source that committed chunks have taken. */
    position: bigint("position", { mode: "number" }).notNull(),
    /** Fingerprint of the source that `position` speaks of; null where it has none. */
    source: text("source"),
    /** Of a source with a cursor: where the next run goes on behind the committed chunks. */
    cursor: anyJson("cursor"),
    /** Outcomes of the committed chunks. */
    counts: jsonb("counts").$type<Counts>().notNull(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.operator, table.partition] })],
);

export type DeadLetterStatus = (typeof deadLetters.$inferSelect)["status"];

/** Records that were not loaded, with why, what they were and where they stood. */
export const deadLetters = millrace.table(
  "dead_letters",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    operator: text("operator").notNull(),
    partition: text("partition").notNull(),
    runId: uuid("run_id").notNull(),
    /**
     * `open` until it was loaded by a replay, or a later run of the partition has read the source again. `uncommitted` is what
     * a failed run kept of a chunk that it did not commit: the next run reads those records again.
     */
    status: text("status", { enum: ["open", "uncommitted", "superseded", "replayed"] })
      .notNull()
      .default("open"),
    code: text("code").notNull(),
    reason: text("reason").notNull(),
    field: text("field"),
    /** The record as the source gave it; a JSON string where it could not be read as a record. json keeps what jsonb refuses (U+0000). */
    record: json("record"),
    /** Whether the record's values have types of their own, as in JSON; null where it is none of a source, or older than this column. */
    typed: boolean("typed"),
    /** Of values in `record` that JSON does not have, and shows as text, what they were: `ValueTypes`. */
    valueTypes: json("value_types"),
    source: text("source").notNull(),
    line: bigint("line", { mode: "number" }),
    byteOffset: bigint("byte_offset", { mode: "number" }),
    createdAt: moment("created_at").notNull().defaultNow(),
    replayedAt: moment("replayed_at"),
    /** The run that loaded it. */
    replayedRunId: uuid("replayed_run_id"),
  },
  (table) => [
    // What is history is looked for by nobody but people.
    index("dead_letters_pending")
      .on(table.operator, table.partition)
      .where(sql`${table.status} IN ('open', 'uncommitted')`),
  ],
);

/** Keys whose last change was a deletion, where the target has no row left to say so: an older change must not bring them back. */
export const tombstones = millrace.table(
  "tombstones",
  {
    /** `schema.table`. */
    targetTable: text("target_table").notNull(),
    /** The key as text; a JSON array where it is of several columns. */
    key: text("key").notNull(),
    /** The deletion's sequence as a number. */
    sequence: numeric("sequence").notNull(),
    deletedAt: moment("deleted_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.targetTable, table.key] })],
);

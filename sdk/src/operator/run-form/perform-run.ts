import type { AnyPgTable } from "drizzle-orm/pg-core";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { metadata, toMetadataValue, type MetadataInput } from "../../host/pipes/metadata.ts";
import type { MetadataValue } from "../../host/pipes/metadata-value.ts";
import { tableName } from "../../load/postgres/target-columns.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { addCounts, noCounts, type Counts } from "../../record/counts.ts";
import type { Attempt } from "../../state/ledger.ts";
import { connectFor } from "../connect-for.ts";
import type { OperatorContext } from "../context.ts";
import { retrying } from "../end-stopped.ts";
import { keepDeadLetters } from "../keep-dead-letters.ts";
import { loadLockName } from "../load-lock.ts";
import { LoadRecord } from "../load-record.ts";
import type { RunOperator } from "../operator.ts";
import type { PartitionResult, PartitionRun, RowSample } from "../partition-run.ts";
import { previewRow } from "../report.ts";
import { progressTeller } from "../progress.ts";
import { SAMPLE_ROWS } from "../read-chunks.ts";
import type { Start } from "../resume.ts";
import { steady } from "../steady.ts";
import type { AnyRunTarget } from "../target.ts";
import type { ChunkTransaction } from "./chunk-transaction.ts";
import { Committer } from "./committer.ts";
import type { CheckOutcome, RunTools } from "./run-context.ts";

export interface PerformOptions {
  readonly context: OperatorContext<never, never>;
  readonly attempt: Attempt;
  readonly start: Exclude<Start, { kind: "already-loaded" }>;
  /** What the last commit said, of whatever attempt. */
  readonly checkpoint: Json | null;
  readonly durationMs: () => number;
}

type Performed = Omit<PartitionResult, "durationMs" | "start">;

/** Lets an operator do its own work for a partition. */
export async function performRun(run: PartitionRun<RunOperator>, options: PerformOptions): Promise<Performed> {
  const { operator, host, log, state } = run;
  const { attempt, start, checkpoint, durationMs } = options;
  const done = new Done(run);
  const record = new LoadRecord({
    attempt,
    start,
    checkpoint,
    limits: operator.rejects,
    fingerprint: null,
    versioned: false,
    report: (cursor) => ({
      source: null,
      bytesRead: 0,
      durationMs: durationMs(),
      sample: done.sample.map(previewRow),
      checkpoint: { before: checkpoint, after: cursor },
      more: done.metadata(),
    }),
  });
  const tell = progressTeller(run);
  let chunks = 0;
  const progressed = () => {
    const { read, rejected } = record.counts;
    return { read, rejected, chunks, bytes: 0, bytes_total: null, all_read: false };
  };
  const committed = (chunk: ChunkTransaction) => {
    done.add(chunk);
    chunks += 1;
    tell(progressed());
    const { read, rejected } = chunk.counts;
    log.info("batch_completed", { processed: read - rejected, failed: rejected, position: record.counts.read });
  };
  try {
    tell(progressed());
    await using committer = new Committer({
      transactions: {
        connect: () => connectFor(run),
        lockNames: lockNames(run),
        recordCommit: (client, commit) => record.write(client, commit),
        isRecorded: (client) => record.isWritten(client),
        signal: host.signal,
        retrying: retrying(run),
      },
      text: operator.text,
      targets: operator.targets as readonly AnyRunTarget[],
      record,
      source: operator.name,
      committed,
    });
    await operator.run(Object.assign(options.context, done.tools(committer, start.kind === "resume")) as never);
    host.signal.throwIfAborted();
    await steady(() => record.finish(state), { signal: host.signal });
  } catch (error) {
    host.signal.throwIfAborted();
    await keepDeadLetters(() => connectFor(run), attempt, record.uncommitted).catch(() => {});
    log.error("batch_failed", { error });
    throw databaseError(error);
  }
  const { counts, cursor } = record;
  return {
    counts,
    source: null,
    bytesRead: 0,
    dataVersion: null,
    sample: done.sample,
    checkpoint: cursor === null ? null : { before: checkpoint, after: cursor },
    reasons: record.reasons(),
    more: done.metadata(),
  };
}

function lockNames({ operator, partition }: PartitionRun<RunOperator>): string[] {
  const { targets, name } = operator;
  if (targets.length === 0) return [`millrace run ${name} ${partition?.key ?? ""}`];
  return targets.map(({ table, load }) => loadLockName(table, load, partition?.key));
}

/** What this attempt has done so far, as it is shown. */
class Done {
  readonly sample: RowSample[] = [];
  readonly #run: PartitionRun<RunOperator>;
  readonly #tables: ReadonlyMap<AnyPgTable, Counts>;
  readonly #said: Record<string, MetadataValue> = {};

  constructor(run: PartitionRun<RunOperator>) {
    this.#run = run;
    this.#tables = new Map(run.operator.targets.map(({ table }) => [table, noCounts()]));
  }

  add({ written }: ChunkTransaction): void {
    const first = this.#run.operator.targets[0]?.table;
    for (const { table, result } of written) {
      addCounts(this.#tables.get(table)!, result.counts);
      if (table === first) this.sample.push(...result.sample.slice(0, SAMPLE_ROWS - this.sample.length));
    }
  }

  /** Where there are several tables, each one's own counts beside what the operator has said. */
  metadata(): Record<string, MetadataValue> {
    const tables = [...this.#tables];
    const [first] = tables;
    if (first === undefined || tables.length === 1) return this.#said;
    const { inserted, updated, unchanged } = first[1];
    return {
      "dagster/row_count": metadata.int(inserted + updated + unchanged),
      tables: metadata.table(
        tables.map(([table, counts]) => ({
          table: tableName(table),
          inserted: counts.inserted,
          updated: counts.updated,
          unchanged: counts.unchanged,
          deleted: counts.deleted,
          superseded: counts.superseded,
          rejected: counts.rejected,
        })),
      ),
      ...this.#said,
    };
  }

  tools(committer: Committer, resumes: boolean): RunTools<readonly AnyRunTarget[]> {
    const { state, databaseUrl } = this.#run;
    return {
      resumes,
      database: state,
      databaseUrl,
      commit: (work) => committer.commit(work),
      metadata: { add: (values) => this.#say(values) },
      check: (result) => this.#check(result),
    };
  }

  #say(values: Readonly<Record<string, MetadataInput>>): void {
    for (const [name, value] of Object.entries(values)) this.#said[name] = toMetadataValue(value, name);
  }

  #check({ name, passed, severity, metadata: values = {} }: CheckOutcome): void {
    const { operator, host, partition } = this.#run;
    const declared = operator.checks.find((check) => check.name === name && check.counts.kind === "reported");
    if (declared === undefined) {
      throw new FatalError("CHECK_UNKNOWN", `"${operator.name}" has not declared a check "${name}"`, {
        fix: `Add \`reported({ name: "${name}" })\` to its \`checks\``,
      });
    }
    host.reportCheck({
      assetKey: host.launch.assetKeys[0] ?? [operator.name],
      partition: partition?.key ?? null,
      checkName: name,
      passed,
      severity: severity ?? declared.severity,
      metadata: values,
    });
  }
}

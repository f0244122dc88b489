import type { Json } from "../../host/host.ts";
import { toPipesException } from "../../host/pipes/exception.ts";
import type { PipesException } from "../../host/pipes/protocol.ts";
import { tableName } from "../../load/postgres/target-columns.ts";
import { createLogger } from "../../logging/logger.ts";
import { execute } from "../../operator/execute.ts";
import type { LoadOperator, Operator } from "../../operator/operator.ts";
import { cutSource } from "./cut-source.ts";
import { RecordingHost, type Recording } from "../recording-host.ts";

export interface PerformOptions {
  readonly databaseUrl: string;
  readonly partitions: readonly string[] | null;
  readonly config: Readonly<Record<string, Json>>;
  readonly dryRun: boolean;
  /** Records that are committed at a time, whatever the operator says; null leaves that to it. */
  readonly chunkRows: number | null;
}

/** What a run comes to, as it can be told to another process. */
export interface Performed {
  readonly name: string;
  readonly recording: Recording;
  readonly error: PipesException | null;
  /** `schema.table`. */
  readonly targets: readonly string[];
}

/** Runs an operator in this process. */
export async function perform(
  operator: Operator,
  { databaseUrl, partitions, config, dryRun, chunkRows }: PerformOptions,
  Host: typeof RecordingHost = RecordingHost,
): Promise<Performed> {
  const host = new Host({
    config,
    partitions: partitions === null ? null : { kind: "keys", keys: partitions },
    extras: dryRun ? { dry_run: true } : {},
  });
  const cut =
    chunkRows === null || operator.form === "run"
      ? operator
      : {
          ...operator,
          chunks: { ...operator.chunks, maxRows: chunkRows },
          extract: async (context: Parameters<LoadOperator["extract"]>[0]) =>
            cutSource(await operator.extract(context), chunkRows),
        };
  let error: PipesException | null = null;
  try {
    await execute({
      operator: cut,
      host,
      log: createLogger({ level: "silent" }),
      env: { DATABASE_URL: databaseUrl },
    });
  } catch (cause) {
    error = toPipesException(cause);
  }
  const failures = host.recording.failures.map((failure) => ({ ...failure, error: toPipesException(failure.error) }));
  return {
    name: operator.name,
    recording: { ...host.recording, failures },
    error,
    targets: operator.targets.map(({ table }) => tableName(table)),
  };
}

export { defineOperator } from "./operator/define-operator.ts";
export type { LoadOperator, Operator, RunOperator } from "./operator/operator.ts";
export { target, type Target } from "./operator/target.ts";
export type {
  CheckOutcome,
  OpenChunk,
  RejectedRecord,
  RunContext,
  RunTools,
  WriteOptions,
} from "./operator/run-form/run-context.ts";
export type { OperatorContext, RunInfo } from "./operator/context.ts";
export {
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multi,
  staticPartitions,
  timeWindow,
  weekly,
  type CronPartitions,
  type MultiPartition,
  type MultiPartitions,
  type NamedPartition,
  type Partition,
  type Partitions,
  type TimePartition,
  type TimePartitions,
} from "./operator/partitions/partitions.ts";
export type {
  Automation,
  Freshness,
  RetryOptions as SchedulerRetryOptions,
  SchedulingOptions,
} from "./operator/scheduling.ts";
export {
  append,
  applyChanges,
  deleteInsert,
  replace,
  upsert,
  type ColumnOf,
  type LoadStrategy,
} from "./load/strategy.ts";
export type { Change } from "./load/change.ts";
export { noRows, notNull, reported, rowCount, type Check, type WrongRowsQuery } from "./operator/checks.ts";
export { findWrongRows, type WrongRows } from "./operator/find-wrong-rows.ts";
export { parquet, type ParquetOptions, type ParquetRecord } from "./extract/parquet/parquet.ts";
export { jsonl, type JsonlOptions, type JsonRecord } from "./extract/jsonl/jsonl.ts";
export { JsonNumber } from "./record/json-number.ts";
export type { FilePaths } from "./extract/files/files.ts";
export { csv, type CsvOptions, type CsvRecord } from "./extract/csv/csv.ts";
export { http, type HttpOptions, type HttpRecord } from "./extract/http/http.ts";
export type { HttpAuth } from "./extract/http/auth.ts";
export type { HttpPagination } from "./extract/http/pagination.ts";
export type { HttpSince } from "./extract/http/since.ts";
export { changeRecord, type ChangeRecordOptions } from "./operator/change-record.ts";
export { changesOf, type ChangesOfOptions } from "./operator/changes-of.ts";
export type { ChangedValues, ChangeEvent } from "./extract/changes/change-event.ts";
export { changeFields, type ChangeFieldsOptions } from "./extract/changes/change-fields.ts";
export { debezium } from "./extract/changes/debezium.ts";
export { replication, type ReplicationOptions } from "./extract/replication/replication.ts";
export { postgresTable, type PostgresTableOptions } from "./extract/postgres/postgres-table.ts";
export type { PostgresRecord } from "./extract/postgres/copy-block.ts";
export { ascending, watermark, type Watermark, type WatermarkOptions } from "./extract/postgres/watermark.ts";
export type { ChangeRecord } from "./record/change-record.ts";
export { tableRecord, type TableRecord, type TableRecordOptions } from "./record/table-record.ts";
export type { TextPolicy } from "./record/text-policy.ts";
export { text, type TextField } from "./record/text.ts";
export { query, type QuerySource, type RecordBatch, type RecordSource, type Source } from "./extract/source.ts";
export type { Rejected, Transform, TransformTools } from "./record/record-step.ts";
export { defineConfig, type ProjectConfig } from "./operator/project.ts";
export { databaseUrl } from "./load/postgres/database-url.ts";
export { declaredTable, findTable, type FindTableOptions } from "./load/postgres/catalogue/find-table.ts";
export { parseTableName, type TableName } from "./load/postgres/catalogue/table-name.ts";
export type { NewColumn, NewTable } from "./load/postgres/catalogue/create-table.ts";
export { findOperator, type DeclaredOperator, type ProjectOperator } from "./operator/project.ts";
export { createManifest, type Manifest, type ManifestOperator } from "./operator/manifest.ts";
export {
  FatalError,
  MillraceError,
  RecordError,
  RetryableError,
  SkipError,
  type ErrorKind,
} from "./errors/millrace-error.ts";
export { metadata, type MetadataInput } from "./host/pipes/metadata.ts";
export type { Logger } from "./logging/logger.ts";
export { isRetryable } from "./retry/is-retryable.ts";
export { parseRetryAfter } from "./retry/retry-after.ts";
export { retry, type FailedAttempt, type RetryAttempt, type RetryOptions } from "./retry/retry.ts";
export type { RetryPolicy } from "./retry/retry-policy.ts";
export type { CheckpointKey, CheckpointStore } from "./state/checkpoint-store.ts";
export { fileCheckpointStore, type FileCheckpointStoreOptions } from "./state/file-checkpoint-store.ts";
export {
  exportDeadLetters,
  type ExportDeadLettersOptions,
  type ExportedDeadLetters,
} from "./operator/dead-letters/export-dead-letters.ts";
export {
  replayDeadLetters,
  type ReplayDeadLettersOptions,
  type ReplayedPartition,
  type ReplayResult,
} from "./operator/dead-letters/replay-dead-letters.ts";

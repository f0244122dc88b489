export { applyMigrations } from "./apply-migrations.ts";
export { describeCheckpointStore, type CheckpointPlace, type TestFunctions } from "./describe-checkpoint-store.ts";
export type { PostgresServer } from "./postgres/postgres-server.ts";
export { startPostgres, type StartPostgresOptions } from "./postgres/start-postgres.ts";
export { type Recording } from "./recording-host.ts";
export { runOperator, type RunOperatorOptions } from "./run-operator.ts";

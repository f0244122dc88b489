export type { PostgresServer } from "./postgres/postgres-server.ts";
export { startPostgres, type StartPostgresOptions } from "./postgres/start-postgres.ts";

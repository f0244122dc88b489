import type { ErrorSection } from "./error-section.ts";

export const database: ErrorSection = {
  title: "Database",
  errors: [
    {
      codes: ["DATABASE_URL_MISSING", "DATABASE_URL_INVALID"],
      cause: "`DATABASE_URL` is not set, or no PostgreSQL URL",
      fix: "`postgresql://user:password@host:5432/database`",
    },
    {
      codes: ["DATABASE_UNREACHABLE"],
      cause: "nobody answers there, or the connection was lost; may pass",
      fix: "check the URL, and that PostgreSQL runs",
    },
    {
      codes: ["DATABASE_BUSY"],
      cause: "a lock, a deadlock, too many connections, a restart; may pass",
      fix: "try again; see the SQLSTATE",
    },
    { codes: ["DATABASE_LOGIN"], cause: "the login was refused", fix: "check user and password" },
    { codes: ["DATABASE_MISSING"], cause: "there is no such database", fix: "create it, or correct the name" },
    {
      codes: ["DATABASE_SILENT"],
      cause: "PostgreSQL has neither done nor refused something in time; may pass",
      fix: "look what holds it up in `pg_stat_activity`; give the operator longer `timeouts` where it has so much to do",
    },
    { codes: ["DATABASE_PERMISSION"], cause: "the role lacks a privilege", fix: "grant it" },
    { codes: ["DATABASE_ERROR"], cause: "anything else that PostgreSQL refused", fix: "the message is the server's" },
    {
      codes: ["PREFLIGHT"],
      cause: "the target is not what the operator takes it for; all problems at once",
      fix: "bring the database and the drizzle table together",
    },
    { codes: ["QUERY_COLUMNS"], cause: "a query's columns are not the target's", fix: "name them alike" },
    {
      codes: ["COMMIT_REFUSED"],
      cause: "PostgreSQL rolled back what it was told to commit",
      fix: "look at its log: a trigger or an extension may have done it",
    },
    {
      codes: ["COMMIT_UNKNOWN"],
      cause: "the connection was lost at COMMIT, and nothing tells whether it was done",
      fix: "look whether the rows are there before loading them again",
    },
    {
      codes: ["FENCED"],
      cause: "a newer run of the partition has begun; this one must not write",
      fix: "look at the newer run",
    },
  ],
};

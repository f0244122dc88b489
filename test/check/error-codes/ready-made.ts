import type { ErrorSection } from "./error-section.ts";

export const readyMade: ErrorSection = {
  title: "Declared and ready-made operators",
  errors: [
    {
      codes: ["DECLARED_INVALID"],
      cause: "`operators.yaml` does not declare operators; every problem with its line and path",
      fix: "[the fields of each operator](operators.md)",
    },
    {
      codes: ["DECLARED_FOLDER"],
      cause: "Dagster can not write what a `defs.yaml` declares below `project`",
      fix: "let it, or declare the operators in an `operators.yaml`",
    },
    {
      codes: ["OPERATORS_MISSING"],
      cause: "there is an `operators.yaml`, and `@millrace/operators` is not installed",
      fix: "`pnpm add @millrace/operators` in the project",
    },
    {
      codes: ["TABLE_NAME"],
      cause: "a table's name can not be read",
      fix: '`table`, `schema.table`, or quoted: `public."Order Lines"`',
    },
    {
      codes: ["TABLE_MISSING", "COLUMN_MISSING"],
      cause: "the database has no such table or column",
      fix: "create it, correct the name, or `createTable: true` with `columns`",
    },
    {
      codes: ["COLUMN_TYPE"],
      cause: "what stands for a column's type is none",
      fix: "as in SQL: `numeric(12,2) not null`",
    },
    {
      codes: ["PARTITION_PATH"],
      cause: "a partition's key can not be part of a path, or a placeholder has nothing that it stands for",
      fix: "name partitions without `/ \\ * ? [ ] { }`",
    },
    {
      codes: ["SQL_FILE", "SQL_PARAMETER"],
      cause: "`run_sql`: the file can not be read; a `:name` has no value",
      fix: "check the path; give it in `parameters`",
    },
    {
      codes: ["SQL_TRANSACTION"],
      cause: "`run_sql`: the file has `BEGIN` or `COMMIT` of its own",
      fix: "leave it out: all of the file is one transaction",
    },
    {
      codes: ["COMMAND_MISSING"],
      cause: "`run_command`: the program can not be started",
      fix: "is it installed where the operator runs?",
    },
    {
      codes: ["COMMAND_FAILED", "COMMAND_TIMEOUT"],
      cause:
        "`run_command`: it ended with another exit code than `successCodes`, by a signal, or took longer than `timeoutMs`; may pass for `retryCodes`",
      fix: "the message has its last lines",
    },
    {
      codes: ["CHECKS_FAILED"],
      cause: "`check_table`: checks of severity `error` failed, with how many rows",
      fix: "each check has the first rows that are wrong",
    },
    {
      codes: ["CHECK_SQL"],
      cause: "`check_table`: the SQL of a check or of `where` is not one statement",
      fix: "write one SELECT, or one condition",
    },
  ],
};

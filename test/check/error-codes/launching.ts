import type { ErrorSection } from "./error-section.ts";

export const launching: ErrorSection = {
  title: "Launching",
  errors: [
    {
      codes: ["NODE_VERSION", "NODE_TOO_OLD"],
      cause: "the Node that was found is older than 24",
      fix: "install Node 24, add the npm package `node` to the project, or set `MILLRACE_NODE`",
    },
    { codes: ["NODE_MISSING"], cause: "no Node was found", fix: "as above" },
    {
      codes: ["SDK_MISSING"],
      cause: "`@millrace/sdk` is not installed at or above the project",
      fix: "`pnpm install` in the project",
    },
    {
      codes: ["PROJECT_MISSING"],
      cause: "the folder has no `millrace.config.ts`, or no `package.json`",
      fix: "run in the project's folder, or pass it as `--project`",
    },
    {
      codes: ["PROJECT_CONFIG"],
      cause: "`millrace.config.ts` names no operators",
      fix: '``export default defineConfig({ operators: "operators/*.ts" })``',
    },
    {
      codes: ["OPERATOR_UNKNOWN"],
      cause: "the project has no operator of that name",
      fix: "choose one of those that are listed",
    },
    {
      codes: ["OPERATOR_INVALID"],
      cause: "an operator's file does not load, or has no operator as its default export",
      fix: "the cause says where",
    },
    { codes: ["OPERATOR_DOUBLED"], cause: "two files define operators of one name", fix: "rename one" },
    {
      codes: ["CONFIG_INVALID", "CONFIG_UNKNOWN"],
      cause: "the config does not fit the operator's schema; each field is named, with why",
      fix: "correct the field where the run is launched",
    },
    {
      codes: ["PARTITION_MISSING"],
      cause: "a partitioned operator was launched without a partition, or from an Airflow run without a data interval",
      fix: "choose one in the scheduler, or pass `--partition`; in Airflow as the message says",
    },
    {
      codes: ["PARTITION_UNKNOWN"],
      cause: "the key lies outside of the operator's partitions, or is none",
      fix: "choose one of its partitions",
    },
    {
      codes: ["PARTITION_KEY"],
      cause: "the key of a dynamic partition has `..` or a NUL in it, and could lead a path out of its folder",
      fix: "name it in another way",
    },
    {
      codes: ["PARTITION_UNEXPECTED"],
      cause: "an operator without partitions was given one",
      fix: "launch it without",
    },
    {
      codes: ["PARTITION_COLUMN"],
      cause: "`deleteInsert` by time on a column that is no date or timestamp",
      fix: "choose another column",
    },
    {
      codes: ["PARTITIONS_FAILED"],
      cause: "some of several partitions failed; the others are loaded",
      fix: "look at each one's error",
    },
    {
      codes: ["MANIFEST_FAILED", "MANIFEST_INVALID"],
      cause: "the operators could not be read for Dagster",
      fix: "the message holds what `millrace manifest` said",
    },
    {
      codes: ["ENV_MISSING"],
      cause: "an environment variable that `defs.yaml` or an operator names is not set",
      fix: "set it where Dagster, or the operator, runs",
    },
    {
      codes: ["SKIPPED"],
      cause: "the operator raised a `SkipError`: it says that there is nothing to do",
      fix: "none needed; Airflow shows the task as skipped",
    },
  ],
};

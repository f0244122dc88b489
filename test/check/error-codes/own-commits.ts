import type { ErrorSection } from "./error-section.ts";

export const ownCommits: ErrorSection = {
  title: "Operators with `run`",
  errors: [
    {
      codes: ["COMMIT_NESTED", "COMMIT_ENDED"],
      cause: "a `commit` was begun within another, or its chunk used after its end",
      fix: "await each `commit`, and everything within it",
    },
    {
      codes: ["TARGET_UNDECLARED", "CHECK_UNKNOWN"],
      cause: "`run` wrote a table, or reported a check, that the operator does not declare",
      fix: "add it to `targets` or `checks`",
    },
    {
      codes: ["REPLAY_RUN"],
      cause: "an operator that loads by itself, in `run`, was to replay dead letters",
      fix: "run it again with the records repaired",
    },
  ],
};

import type { ErrorSection } from "./error-section.ts";

export const command: ErrorSection = {
  title: "The `millrace` command",
  errors: [
    {
      codes: ["USAGE"],
      cause: "a command was called wrongly; exit code 2",
      fix: "`millrace COMMAND --help` has an example",
    },
    {
      codes: ["INTERRUPTED"],
      cause: "a command was stopped by Ctrl-C or SIGTERM",
      fix: "start it again: what was committed is kept, and a run goes on behind it",
    },
    {
      codes: ["CONFIRM"],
      cause: "a command would have to ask, and nobody is there to answer",
      fix: "`--yes`, if that is meant",
    },
    {
      codes: ["DEPENDENCY_CYCLE"],
      cause: "operators depend on each other in a circle",
      fix: "take out one `dependsOn`",
    },
    { codes: ["RUN_UNKNOWN"], cause: "there is no run of that id", fix: "`millrace runs list`" },
    {
      codes: ["CHECKPOINT_UNKNOWN"],
      cause: "there is no checkpoint of that operator and partition",
      fix: "`millrace checkpoints list`",
    },
    {
      codes: ["TABLE_UNKNOWN"],
      cause: "there is no such table or view",
      fix: "name it with its schema: `public.orders`",
    },
    {
      codes: ["DRY_RUN_UNSUPPORTED"],
      cause: "a dry run of an operator without targets: what it does can not be taken back",
      fix: "run it without `--dry-run`",
    },
    {
      codes: ["FRESH_APPEND"],
      cause: "a run from the beginning (`--fresh`) would append rows again that are there",
      fix: "remove the rows and reset the checkpoint (`millrace checkpoints reset`)",
    },
    {
      codes: ["PROCESS_ENDED"],
      cause: "an operator's process ended without a word (killed, out of memory)",
      fix: "look at what it printed; run it again, it goes on behind its last commit",
    },
    {
      codes: ["INIT_REFUSED"],
      cause: "a project was to be made where something is, or under a name that npm does not take",
      fix: "choose another folder",
    },
    {
      codes: ["BUILD_FAILED"],
      cause: "an operator can not be put into one file: `millrace build` says the line",
      fix: 'import by name what it imports; `"type": "module"` in package.json',
    },
    { codes: ["BUILD_OUT"], cause: "the folder to build into holds something else", fix: "name another one" },
    {
      codes: ["BUNDLE"],
      cause: "a warning: an operator starts from its sources, which takes longer; the message says why",
      fix: "mend what it says, or set `MILLRACE_BUNDLE=off`",
    },
  ],
};

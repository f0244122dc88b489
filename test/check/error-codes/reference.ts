import { launching } from "./launching.ts";
import { command } from "./command.ts";
import { database } from "./database.ts";
import { ownCommits } from "./own-commits.ts";
import { files } from "./files.ts";
import { databaseSources } from "./database-sources.ts";
import { http } from "./http.ts";
import { loading } from "./loading.ts";
import { deadLetters } from "./dead-letters.ts";
import { readyMade } from "./ready-made.ts";
import { pipes } from "./pipes.ts";
import { example } from "./example.ts";
import type { ErrorSection } from "./error-section.ts";

/** Every code that Millrace raises or writes, with what it means and what to do: the only place where they are explained. */
export const errorSections: readonly ErrorSection[] = [
  launching,
  command,
  database,
  ownCommits,
  files,
  databaseSources,
  http,
  loading,
  deadLetters,
  readyMade,
  pipes,
  example,
];

const HEAD = `# Errors

Made of the codes' explanations in \`test/check/error-codes\` by \`node test/check/write-errors.ts\`; a test holds it to these, and these to
the sources: every code that is raised, and no other.

Every error that Millrace raises reads \`[CODE] what happened. What to do.\` Three kinds say what a runner does about it:
a \`FatalError\` stops the run, a \`RetryableError\` may pass when tried again, a \`RecordError\` puts one record aside. In
Dagster the error of a failed operator, with its JavaScript stack and causes, is the step's failure; in Airflow it is the
task's, in its log.
`;

/** The text of docs/errors.md. */
export function errorReference(): string {
  return [HEAD, ...errorSections.map(describe)].join("\n");
}

function describe({ title, note, errors }: ErrorSection): string {
  return [
    `## ${title}`,
    "",
    ...(note === undefined ? [] : [note, ""]),
    "| code | cause | fix |",
    "| --- | --- | --- |",
    ...errors.map(
      ({ codes, cause, fix }) => `| ${codes.map((code) => `\`${code}\``).join(", ")} | ${cause} | ${fix} |`,
    ),
    "",
  ].join("\n");
}

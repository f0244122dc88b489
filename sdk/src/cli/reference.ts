import type { Argument, Command, Option } from "commander";
import { commands } from "./commands/commands.ts";

const HEAD = `# The \`millrace\` command

Made of the commands' own help by \`node sdk/src/cli/write-reference.ts\`; a test holds it to that.

Results are on stdout, what is said on the way on stderr; with \`--json\` stdout is one JSON document. Progress is drawn where stderr is
a terminal: \`312,000 rows · 41 % of 84 MB · chunk 13 · 2 rejected · 208,000 rows/s\`, of files the bytes as they are stored. Colours
follow \`NO_COLOR\`. Exit codes: 0 done, 1 failed, 2 wrongly called, 130 stopped by Ctrl-C, which ends what was
started too. \`DATABASE_URL\` and others are read from the project's \`.env\`, unless they are set.
`;

/** The text of docs/cli.md. */
export function commandReference(): string {
  const context = { signal: new AbortController().signal, setExitCode: () => {} };
  const made = commands.map((make) => make(context));
  const table = made.map((command) => `| [\`${command.name()}\`](#${command.name()}) | ${command.description()} |`);
  return [
    HEAD,
    ["| command | |", "| --- | --- |", ...table].join("\n"),
    "",
    ...made.map((command) => describe(command)),
  ].join("\n");
}

function describe(command: Command, parents: readonly string[] = []): string {
  const path = [...parents, command.name()];
  const help = textAfter(command);
  const [, after = ""] = /Example:\n([^]*)/.exec(help) ?? [];
  const example = Array.from(after.matchAll(/^ {2}\$ (.*)$/gm), ([, line]) => line!);
  const more = after.replaceAll(/^ {2}\$ .*$/gm, "").trim();
  const inner = command.commands as readonly Command[];
  return [
    `${"#".repeat(path.length + 1)} ${path.join(" ")}`,
    "",
    sentence(command.description()),
    "",
    ...(inner.length > 0 ? [] : ["```", `millrace ${usage(command, path)}`, "```", ""]),
    ...options(command),
    ...(example.length > 0 ? ["```sh", ...example, "```", ""] : []),
    ...(more === "" ? [] : [more, ""]),
    ...inner.map((each) => describe(each, path)),
  ].join("\n");
}

function usage(command: Command, path: readonly string[]): string {
  return [...path, ...command.registeredArguments.map(argument), "[options]"].join(" ");
}

function argument(given: Argument): string {
  const name = given.name() + (given.variadic ? "…" : "");
  return given.required ? `<${name}>` : `[${name}]`;
}

function options(command: Command): string[] {
  if (command.options.length === 0) return [];
  return [
    "| option | |",
    "| --- | --- |",
    ...command.options.map(
      (option: Option) => `| \`${cell(option.flags)}\` | ${cell(option.description)}${otherwise(option)} |`,
    ),
    "",
  ];
}

function otherwise({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValue === undefined) return "";
  return ` (default: ${defaultValueDescription ?? JSON.stringify(defaultValue)})`;
}

/** What stands below a command's help: its example. */
function textAfter(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (written) => (text += written) });
  command.outputHelp();
  return text;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError, type Command } from "commander";
import { commands } from "../../src/cli/commands/commands.ts";

const root = join(import.meta.dirname, "../../..");

const PNPMS_OWN = ["install", "audit", "pack", "publish"];
const UVS_OWN = ["build", "export", "publish", "run", "sync"];

type Words = readonly string[];

/** What is wrong with a command that the documentation shows; null where nothing is, undefined where it is another tool's. */
export function commandProblem([program = "", ...args]: Words): string | null | undefined {
  switch (program) {
    case "cd":
      return null;
    case "npx":
      return commandProblem(args[0] === "-y" ? [args[1]!.replace(/@.*/, ""), ...args.slice(2)] : args);
    case "pnpm":
      return pnpmProblem(args);
    case "npm":
      return npmProblem(args);
    case "uv":
      return UVS_OWN.includes(args[0] ?? "") ? null : `nobody knows uv's command "${args[0] ?? ""}"`;
    case "pip":
      return pipProblem(args);
    case "node":
      return args[0]?.endsWith("/main.mjs") ? millraceProblem(args.slice(1)) : missing(args[0] ?? "");
    case "millrace":
      return millraceProblem(args);
    default:
      return undefined;
  }
}

function pnpmProblem([word = "", ...args]: Words): string | null | undefined {
  if (word === "exec") return commandProblem(args);
  if (PNPMS_OWN.includes(word)) return null;
  return word in scripts("package.json") ? null : `package.json has no script "${word}"`;
}

function npmProblem([word, name = ""]: Words): string | null {
  if (word === "install") return null;
  if (word === "create") return missing(`create-${name}/package.json`);
  return word === "run" && name in scripts("create-millrace/template/package.json") ? null : `no script "${name}"`;
}

function pipProblem([, what = ""]: Words): string | null {
  const [, extra] = /^millrace\[(\w+)\]$/.exec(what) ?? [];
  const project = readFileSync(join(root, "orchestrator-config/pyproject.toml"), "utf8");
  return extra !== undefined && new RegExp(`^${extra} = \\[`, "m").test(project) ? null : `there is no ${what}`;
}

/** Of the command's own tree: names, options, how many arguments. */
function millraceProblem(args: Words): string | null {
  let rest = [...args];
  let among: readonly Command[] = tree;
  let command: Command | undefined;
  for (let next = named(among, rest[0]); next !== undefined; next = named(among, rest[0])) {
    command = next;
    among = next.commands;
    rest = rest.slice(1);
  }
  if (command === undefined) return `there is no command "${args[0] ?? ""}"`;
  if (among.length > 0 && rest[0] !== "--help") return `"${command.name()}" needs one of its commands`;
  if (rest.includes("--help")) return null;
  try {
    const { operands, unknown } = command.parseOptions(rest);
    if (unknown.length > 0) return `there is no ${unknown.join(" ")}`;
    const required = command.registeredArguments.filter((argument) => argument.required).length;
    const most = command.registeredArguments.some(({ variadic }) => variadic)
      ? Infinity
      : command.registeredArguments.length;
    return operands.length < required || operands.length > most
      ? `takes other arguments than ${operands.join(" ")}`
      : null;
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

const tree = commands.map((make) => quiet(make({ signal: new AbortController().signal, setExitCode: () => {} })));

function named(among: readonly Command[], name: string | undefined): Command | undefined {
  return among.find((command) => command.name() === name);
}

function quiet(command: Command): Command {
  for (const inner of command.commands) quiet(inner as Command);
  return command.exitOverride().configureOutput({ writeErr: () => {} });
}

function scripts(file: string): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(join(root, file), "utf8")) as { scripts: Record<string, string> }).scripts;
}

function missing(file: string): string | null {
  return existsSync(join(root, file)) ? null : `there is no ${file}`;
}

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bareContext, pipesEnvironment, type Message } from "../host/launched.ts";

const SDK = join(import.meta.dirname, "../..");

export interface Ran {
  readonly code: number | null;
  readonly stderr: string;
  readonly messages: readonly Message[];
  /** The exception in `closed`; undefined where there is none. */
  readonly exception:
    | { readonly name: string; readonly message: string; readonly stack: readonly string[] }
    | undefined;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What follows `exec NAME`; `--project` and the folder by default. */
  readonly args?: readonly string[];
}

/** A project of a user, in a folder of its own. */
export interface Project extends AsyncDisposable {
  readonly folder: string;
  /** The folder of bundles. */
  readonly bundles: string;
  write(path: string, text: string): Promise<void>;
  /** Runs `millrace exec NAME` as a scheduler does. */
  run(name: string, options?: RunOptions): Promise<Ran>;
  /** The names in the folder of bundles, sorted. */
  bundleFiles(): Promise<string[]>;
  /** The text of the only file there that has this ending. */
  bundleText(ending: string): Promise<string>;
}

/** Makes a project of these files, with a copy of the SDK: who works on that meanwhile would change what bundles are made of. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "millrace-cli-")));
  const folder = join(root, "project");
  const bundles = join(folder, ".millrace/bundles");
  const sdk = join(root, "sdk");
  await copySdk(sdk);

  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write("package.json", JSON.stringify({ name: "project", type: "module" }));
  await write("millrace.config.ts", 'export default { operators: "operators/*.ts" };\n');
  for (const [path, text] of Object.entries(files)) await write(path, text);
  for (const name of ["drizzle-orm", "zod"])
    await link(await realpath(join(SDK, "node_modules", name)), join(folder, "node_modules", name));
  await link(sdk, join(folder, "node_modules/@millrace/sdk"));

  const bundleFiles = async () => (await readdir(bundles)).filter((name) => name !== ".gitignore").toSorted();
  return {
    folder,
    bundles,
    write,
    bundleFiles,
    bundleText: async (ending) => {
      const [name = "none", ...others] = (await bundleFiles()).filter((file) => file.endsWith(ending));
      if (others.length > 0) throw new Error(`several: ${name}, ${others.join(", ")}`);
      return readFile(join(bundles, name), "utf8");
    },
    run: (name, { env = {}, cwd = root, args = ["--project", folder] } = {}) =>
      runCommand({ main: join(sdk, "src/cli/main.mjs"), args: ["exec", name, ...args], env, cwd }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function copySdk(to: string): Promise<void> {
  for (const part of ["src", "migrations", "package.json"])
    await cp(join(SDK, part), join(to, part), { recursive: true });
  await link(join(SDK, "node_modules"), join(to, "node_modules"));
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

interface Command {
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

async function runCommand({ main, args, env, cwd }: Command): Promise<Ran> {
  // Each a run of its own: one that was finished is reported again, and not run.
  const pipes = pipesEnvironment({ ...bareContext, run_id: randomUUID() });
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...inherited, ...pipes.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const messages = pipes.read();
  const exception = messages.find(({ method }) => method === "closed")?.params.exception;
  return { code, stderr, messages, exception };
}

import { execa } from "execa";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const sdk = dirname(createRequire(import.meta.url).resolve("@millrace/sdk/package.json"));

/** A project without any TypeScript: a folder with `operators.yaml`. */
export interface DeclaredProject extends AsyncDisposable {
  readonly folder: string;
  write(path: string, text: string | Buffer): Promise<void>;
  /** Runs the `millrace` command in a process of its own. */
  millrace(
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ code: number; stdout: string; stderr: string }>;
}

export async function declaredProject(files: Readonly<Record<string, string | Buffer>>): Promise<DeclaredProject> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-declared-")));
  const write = async (path: string, text: string | Buffer) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write("package.json", JSON.stringify({ name: "project", type: "module" }));
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await mkdir(join(folder, "node_modules/@millrace"), { recursive: true });
  await symlink(sdk, join(folder, "node_modules/@millrace/sdk"));
  await symlink(join(import.meta.dirname, ".."), join(folder, "node_modules/@millrace/operators"));
  return {
    folder,
    write,
    millrace: async (args, env = {}) => {
      const main = join(folder, "node_modules/@millrace/sdk/src/cli/main.mjs");
      const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...args, "--project", folder], {
        env,
        stdin: "ignore",
        reject: false,
      });
      return { code: exitCode ?? -1, stdout, stderr };
    },
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

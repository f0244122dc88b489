import { join } from "node:path";
import { execa } from "execa";
import { FatalError } from "../../errors/millrace-error.ts";

export interface UvOptions {
  /** Where to keep it when the machine has none. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The `uv` program: the machine's, else one from PyPI in a folder of the project. Raises FatalError PYTHON_MISSING, UV_INSTALL_FAILED. */
export async function findUv({ folder, say, signal }: UvOptions): Promise<string> {
  if (await answers("uv")) return "uv";
  const own = join(folder, "bin", "uv");
  if (await answers(own)) return own;
  if (!(await answers("python3"))) {
    throw new FatalError("PYTHON_MISSING", "There is neither uv nor python3 on PATH", {
      fix: "Install Python 3.11 or newer, or uv (https://docs.astral.sh/uv)",
    });
  }
  say("installing uv, which manages the Python packages");
  const options = { cancelSignal: signal, reject: false, all: true } as const;
  const venv = await execa("python3", ["-m", "venv", "--clear", folder], options);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"];
  const done = venv.failed ? venv : await execa(join(folder, "bin", "python"), pip, options);
  if (!done.failed) return own;
  signal.throwIfAborted();
  throw new FatalError("UV_INSTALL_FAILED", `\`${done.command}\` failed: ${done.all.trim()}`, {
    fix: "If it can not reach PyPI, check network and proxy; or install uv yourself (https://docs.astral.sh/uv)",
  });
}

async function answers(program: string): Promise<boolean> {
  return !(await execa(program, ["--version"], { reject: false })).failed;
}

import { MillraceError } from "@millrace/sdk";
import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");
const uvVersion = "0.13.9";

/** Each scheduler has an environment of its own, so that who uses one need not install the other. */
const environments = {
  dagster: { folder: ".venv", sync: ["--extra", "dagster"], size: "about a minute" },
  airflow: {
    folder: ".venv-airflow",
    sync: ["--no-default-groups", "--extra", "airflow", "--group", "airflow"],
    size: "a minute or two",
  },
} as const;

export type Scheduler = keyof typeof environments;

/** The Python side, ready to use. */
export interface PythonEnvironment {
  /** The `uv` program. */
  readonly uv: string;
  /** The Python project that uv manages: `orchestrator-config`. */
  readonly project: string;
  /** The folder of the environment. */
  readonly environment: string;
  /** The path of a program of its environment: `bin("dagster")`. */
  bin(program: string): string;
}

export interface EnsurePythonOptions {
  /** Default: Dagster, with the development tools. */
  readonly scheduler?: Scheduler;
  /** Told before what takes long. */
  readonly onProgress?: (message: string) => void;
  /** Where to keep `uv` when the machine has none. */
  readonly toolsDirectory?: string;
  /** Stops what is under way when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the Python environment of `orchestrator-config` for a scheduler match its lock file; `uv` comes from the machine,
 * else from PyPI into a folder of the project. Returns at once when all is in place.
 *
 * @throws `PYTHON_MISSING`, `PYTHON_TOO_OLD`, `PYTHON_WITHOUT_VENV`: no Python that `uv` could be installed with.
 * @throws `UV_INSTALL_FAILED`, `PYTHON_SYNC_FAILED`: with what pip or uv said.
 */
export async function ensurePython(options: EnsurePythonOptions = {}): Promise<PythonEnvironment> {
  const { onProgress = () => {}, toolsDirectory = join(repository, ".millrace", "uv"), signal } = options;
  const { scheduler = "dagster" } = options;
  const project = join(repository, "orchestrator-config");
  const stopping = signal === undefined ? {} : { cancelSignal: signal };
  const uv = (await answers("uv")) ? "uv" : await ownUv(toolsDirectory, project, onProgress, stopping);
  await synchronize(uv, project, scheduler, onProgress, stopping);
  const environment = join(project, environments[scheduler].folder);
  return { uv, project, environment, bin: (program) => join(environment, "bin", program) };
}

type Stopping = { readonly cancelSignal?: AbortSignal };

async function synchronize(
  uv: string,
  project: string,
  scheduler: Scheduler,
  onProgress: (message: string) => void,
  stopping: Stopping,
): Promise<void> {
  const { folder, sync: chosen, size } = environments[scheduler];
  const sync = ["sync", "--locked", ...chosen];
  // The environment is the project's own, whichever one happens to be active in the shell.
  const common = {
    cwd: project,
    env: { VIRTUAL_ENV: undefined, UV_PROJECT_ENVIRONMENT: folder },
    reject: false,
  } as const;
  const checked = await execa(uv, [...sync, "--check"], { ...common, ...stopping });
  if (checked.exitCode === 0) return;
  onProgress(`installing the Python packages for ${scheduler}; the first time this takes ${size}`);
  const done = await execa(uv, sync, { ...common, ...stopping, stdout: "inherit", stderr: ["inherit", "pipe"] });
  if (done.exitCode === 0) return;
  stopping.cancelSignal?.throwIfAborted();
  throw new MillraceError(
    "PYTHON_SYNC_FAILED",
    `\`uv ${sync.join(" ")}\` failed in ${project}: ${done.stderr.trim()}`,
    {
      fix: "If it can not reach PyPI, check the network and proxy; if the lock file is outdated, run `uv lock` there.",
    },
  );
}

async function ownUv(
  toolsDirectory: string,
  project: string,
  onProgress: (message: string) => void,
  stopping: Stopping,
): Promise<string> {
  const uv = join(toolsDirectory, "bin", "uv");
  if ((await answers(uv)) === `uv ${uvVersion}`) return uv;
  const python = await findPython(project);
  onProgress(`installing uv ${uvVersion}, which manages the Python packages, in ${toolsDirectory}`);
  const venv = await execa(python, ["-m", "venv", "--clear", toolsDirectory], {
    ...stopping,
    reject: false,
    all: true,
  });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `uv==${uvVersion}`];
  const installed =
    venv.exitCode === 0
      ? await execa(join(toolsDirectory, "bin", "python"), pip, { ...stopping, reject: false, all: true })
      : venv;
  if (installed.exitCode === 0) return uv;
  stopping.cancelSignal?.throwIfAborted();
  throw new MillraceError("UV_INSTALL_FAILED", `\`${installed.command}\` failed: ${installed.all.trim()}`, {
    fix: "If it can not reach PyPI, check the network and proxy; or install uv yourself (https://docs.astral.sh/uv).",
  });
}

/** The first Python on PATH that is new enough for the project and can make virtual environments. */
async function findPython(project: string): Promise<string> {
  const needed = await neededVersion(project);
  const candidates = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
  const fix = `Install Python ${needed} or newer, or uv, which brings its own (https://docs.astral.sh/uv).`;
  let refusal = new MillraceError("PYTHON_MISSING", `There is no python3 on PATH (${searched()})`, { fix });
  for (const python of candidates) {
    const version = await answers(python);
    if (version === null) continue;
    if (!isAtLeast(version, needed)) {
      if (refusal.code === "PYTHON_MISSING") {
        refusal = new MillraceError("PYTHON_TOO_OLD", `${python} is ${version}, and ${needed} or newer is needed`, {
          fix,
        });
      }
      continue;
    }
    const modules = await execa(python, ["-c", "import venv, ensurepip"], { reject: false, all: true });
    if (modules.exitCode === 0) return python;
    refusal = new MillraceError(
      "PYTHON_WITHOUT_VENV",
      `${python} (${version}) can not make virtual environments: ${modules.all.trim()}`,
      {
        fix: "On Debian and Ubuntu, install the package python3-venv; or install uv (https://docs.astral.sh/uv).",
      },
    );
  }
  throw refusal;
}

/** What a program says when asked for its version ("Python 3.11.7", "uv 0.13.9"); null when it does not run. */
async function answers(program: string): Promise<string | null> {
  const { exitCode, stdout } = await execa(program, ["--version"], { reject: false });
  return exitCode === 0 ? (/^\S+ \S+/.exec(stdout)?.[0] ?? "") : null;
}

async function neededVersion(project: string): Promise<string> {
  const text = await readFile(join(project, "pyproject.toml"), "utf8");
  return /^requires-python = ">=(\d+\.\d+)"/m.exec(text)?.[1] ?? "3.11";
}

function isAtLeast(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(version)?.[0] ?? "").split(".").map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

function searched(): string {
  return (process.env["PATH"] ?? "").split(delimiter).join(", ");
}

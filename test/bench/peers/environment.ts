import { ensurePython } from "@millrace/example-project/scripts/python.ts";
import { execa } from "execa";
import { access } from "node:fs/promises";
import { join } from "node:path";

/** The peers' own environment: versions are those of `uv.lock`. */
export interface PeerEnvironment {
  readonly python: string;
  /** Sling's program; null on machines that no package has it for. */
  readonly sling: string | null;
  /** Name and version of each peer. */
  readonly versions: Readonly<Record<string, string>>;
}

const VERSIONS = `import json, importlib.metadata as m, sys
names = ["dagster", "dlt", "pandas", "sqlalchemy", "polars", "adbc-driver-postgresql", "psycopg", "sling-linux-amd64", "sling-linux-arm64"]
found = {d.metadata["Name"].lower(): d.version for d in m.distributions()}
print(json.dumps({"python": sys.version.split()[0], **{name: found[name] for name in names if name in found}}))`;

/** Makes the environment match its lock file, in `.venv` beside it, which git leaves out; returns at once when it does. */
export async function ensurePeers(): Promise<PeerEnvironment> {
  const { uv } = await ensurePython();
  const project = import.meta.dirname;
  const env = { VIRTUAL_ENV: undefined, UV_PROJECT_ENVIRONMENT: undefined };
  await execa(uv, ["sync", "--locked", "--compile-bytecode", "--quiet"], { cwd: project, env, stderr: "inherit" });
  const python = join(project, ".venv/bin/python");
  const { stdout } = await execa(python, ["-c", VERSIONS]);
  return { python, sling: await findSling(python), versions: JSON.parse(stdout) as Record<string, string> };
}

async function findSling(python: string): Promise<string | null> {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const { stdout } = await execa(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
  const program = join(stdout, `sling_linux_${arch}/bin/sling-linux-${arch}`);
  return await access(program).then(
    () => program,
    () => null,
  );
}

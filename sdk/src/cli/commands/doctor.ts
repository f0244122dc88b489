import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import type { Command } from "commander";
import { execa } from "execa";
import { databaseError } from "../../load/postgres/database-error.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import { openState } from "../../state/open-state.ts";
import { isFree } from "../dev/port.ts";
import { find, findingsText, type Finding } from "../output/findings.ts";
import { openProject, projectCommand, type CommandContext, type CommonOptions } from "./command-context.ts";

const OLDEST_POSTGRES = 14;
const LOW_DISK_BYTES = 2 * 1024 ** 3;

export function doctorCommand({ setExitCode }: CommandContext): Command {
  return projectCommand("doctor", {
    description: "whether this machine and the target database have what Millrace needs",
    example: "millrace doctor",
  }).action(async (options: CommonOptions) => {
    const { project, output } = openProject(options);
    const findings = [
      await find("millrace", async () => sdkVersion()),
      await find("Node", async () => `${process.versions.node}, ${process.execPath}`),
      await find("pnpm", () => versionOf("pnpm", "install it: npm install -g pnpm")),
      await find("uv", () => versionOf("uv", "the Python side installs itself with venv and pip instead")),
      await find("Python", () => versionOf("python3", "Dagster and Airflow need Python 3.11 or later")),
      ...(await checkTarget()),
      await find("disk", () => checkDisk(project)),
      await find("port 3000 (Dagster)", () => checkPort(3000)),
      await find("port 8080 (Airflow)", () => checkPort(8080)),
    ];
    if (findings.some(({ status }) => status === "problem")) setExitCode(1);
    output.result(findings, () => findingsText(findings, output));
  });
}

function sdkVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function versionOf(program: string, otherwise: string): Promise<string | Omit<Finding, "what">> {
  const { stdout, failed } = await execa(program, ["--version"], { reject: false, timeout: 30_000 });
  return failed ? { status: "warning", note: `not found; ${otherwise}` } : stdout.trim();
}

/** The privileges, where there is a database to have some on. */
async function checkTarget(): Promise<Finding[]> {
  const database = await find("database", checkDatabase);
  return database.status === "problem" ? [database] : [database, await find("privileges", checkPrivileges)];
}

async function checkDatabase(): Promise<string | Omit<Finding, "what">> {
  const url = databaseUrl(process.env);
  try {
    await using state = await openState(url);
    const { rows } = await state.ask((client) =>
      client.query<{ version: string; number: number; name: string }>(
        "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number, current_database() AS name",
      ),
    );
    const { version, number, name } = rows[0]!;
    if (Math.floor(number / 10_000) >= OLDEST_POSTGRES)
      return `PostgreSQL ${version}, ${name}, schema millrace up to date`;
    return { status: "problem", note: `PostgreSQL ${version}; Millrace needs ${OLDEST_POSTGRES} or later` };
  } catch (error) {
    throw databaseError(error, url);
  }
}

/** What the role may do in the database, beside the privileges on targets, which `check` looks at. */
async function checkPrivileges(): Promise<string | Omit<Finding, "what">> {
  const url = databaseUrl(process.env);
  try {
    await using state = await openState(url);
    const { rows } = await state.ask((client) =>
      client.query<{ role: string; temporary: boolean; state: boolean }>(
        `SELECT current_user AS role, has_database_privilege(current_database(), 'TEMPORARY') AS temporary,
           has_schema_privilege('millrace', 'USAGE') AND (SELECT bool_and(has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE'))
             FROM pg_class WHERE relnamespace = 'millrace'::regnamespace AND relkind = 'r' AND relname <> 'migrations') AS state`,
      ),
    );
    const { role, temporary, state: writes } = rows[0]!;
    const missing = [
      ...(temporary ? [] : ["TEMPORARY on the database"]),
      ...(writes ? [] : ["all of the tables in schema millrace"]),
    ];
    return missing.length === 0 ? role : { status: "problem", note: `${role} lacks ${missing.join(" and ")}` };
  } catch (error) {
    throw databaseError(error, url);
  }
}

async function checkDisk(project: string): Promise<string | Omit<Finding, "what">> {
  const { bavail, bsize } = await statfs(project);
  const free = bavail * bsize;
  const note = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return free < LOW_DISK_BYTES ? { status: "warning", note } : note;
}

async function checkPort(port: number): Promise<string | Omit<Finding, "what">> {
  return (await isFree(port)) ? "free" : { status: "warning", note: "in use; another one can be chosen" };
}

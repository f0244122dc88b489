import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { type ClusterLocation, makePrivateFolder } from "./location.ts";
import { runAs, type ServerUser } from "./run-as.ts";

/** The superuser of every cluster. */
export const superuser = "postgres";

/** Whoever has an account on this machine may connect over 127.0.0.1; nobody else may, and there is no other way in. */
const access = `host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n`;

/**
 * Makes the cluster where there is none yet: UTF-8, locale C, so that it sorts the same on every machine.
 *
 * @throws `POSTGRES_INIT_FAILED` with the output of initdb.
 * @throws `POSTGRES_VERSION_MISMATCH` when the data there belongs to another major version.
 */
export async function ensureCluster(
  location: ClusterLocation,
  binaries: PostgresBinaries,
  user: ServerUser,
  say: (message: string) => void,
): Promise<void> {
  const there = await dataVersion(location.dataDirectory);
  if (there === null) return initialize(location, binaries, user, say);
  const ours = await programVersion(binaries, user);
  if (there !== ours) {
    throw new MillraceError(
      "POSTGRES_VERSION_MISMATCH",
      `${location.dataDirectory} was made by PostgreSQL ${there}, but ${ours} is to be started`,
      {
        fix: `Start version ${there}, or move the directory away to begin with an empty database.`,
      },
    );
  }
}

async function initialize(
  location: ClusterLocation,
  binaries: PostgresBinaries,
  user: ServerUser,
  say: (message: string) => void,
): Promise<void> {
  say(`making a PostgreSQL cluster in ${location.dataDirectory}`);
  // Under another name until it is complete: we may be killed, and another process may be doing the same.
  const draft = join(location.directory, `data-${randomUUID()}`);
  await makePrivateFolder(draft, user);
  const options = [`--username=${superuser}`, "--auth=trust", "--encoding=UTF8", "--no-locale"];
  const { code, output } = await runAs(user, binaries.initdb, [`--pgdata=${draft}`, ...options]);
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new MillraceError("POSTGRES_INIT_FAILED", `initdb failed (exit code ${code}):\n${output.trim()}\n`);
  }
  await writeFile(join(draft, "pg_hba.conf"), access);
  try {
    await rename(draft, location.dataDirectory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if ((await dataVersion(location.dataDirectory)) === null) throw error;
  }
}

async function dataVersion(dataDirectory: string): Promise<string | null> {
  try {
    return (await readFile(join(dataDirectory, "PG_VERSION"), "utf8")).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MillraceError("POSTGRES_DIRECTORY_REFUSED", `The data in ${dataDirectory} can not be read`, {
      fix: "It belongs to another user of this machine: run as that one, or name another directory.",
      cause,
    });
  }
}

async function programVersion(binaries: PostgresBinaries, user: ServerUser): Promise<string | undefined> {
  const { output } = await runAs(user, binaries.postgres, ["--version"]);
  return /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
}

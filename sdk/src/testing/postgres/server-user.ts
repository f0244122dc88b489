import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../errors/millrace-error.ts";
import { runAs, type ServerUser } from "./run-as.ts";

const name = "postgres";

/**
 * Says which user the server is to run as, since PostgreSQL refuses root: the owner of existing data, else the user
 * `postgres`, which is created when missing. Null, the user of this process, where that is not root.
 *
 * @throws `POSTGRES_USER_MISSING` when running as root and the user can not be created.
 */
export async function serverUser(directory: string | undefined, say: (message: string) => void): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return null;
  const owner = directory === undefined ? null : await stat(join(directory, "data")).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `user ${owner.uid}` };
  const known = await lookUp();
  if (known) return known;
  say(`creating the system user ${name}, since PostgreSQL does not run as root`);
  const created = await runAs(null, "useradd", ["--system", "--user-group", "--no-create-home", name]);
  const user = await lookUp();
  if (user) return user;
  throw new MillraceError(
    "POSTGRES_USER_MISSING",
    `PostgreSQL does not run as root, and the user ${name} could not be created: ${created.output.trim()}`,
    {
      fix: `Create a system user named ${name}, or run this as an ordinary user.`,
    },
  );
}

async function lookUp(): Promise<ServerUser> {
  const [uid, gid] = await Promise.all([runAs(null, "id", ["-u", name]), runAs(null, "id", ["-g", name])]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.output), gid: Number(gid.output), name } : null;
}

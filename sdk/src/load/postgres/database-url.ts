import { FatalError } from "../../errors/millrace-error.ts";

/** The target database's URL from the environment, or what `name` says. Raises FatalError DATABASE_URL_MISSING, DATABASE_URL_INVALID. */
export function databaseUrl(env: NodeJS.ProcessEnv, name = "DATABASE_URL"): string {
  const url = env["DATABASE_URL"];
  if (!url) {
    throw new FatalError("DATABASE_URL_MISSING", "DATABASE_URL is not set", {
      // Without a password, which would not be shown.
      fix: "Set it to the target database, in the environment or in the project's .env: DATABASE_URL=postgresql://user@host:5432/database",
    });
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url) || hasLooseEnd(new URL(url))) {
    // Not shown: where it does not parse, nobody knows which part of it is the password.
    throw new FatalError("DATABASE_URL_INVALID", `${name} is no PostgreSQL URL`, {
      fix: "Write it as postgresql://user@host:5432/database, a password behind the user and a colon, special characters percent-encoded",
    });
  }
  return url;
}

/** A password with `/`, `?` or `#` in it that is not encoded may parse, as a port and what follows it. */
function hasLooseEnd({ username, hash, href }: URL): boolean {
  return hash !== "" || (username === "" && href.includes("@"));
}

import { FatalError } from "../../errors/millrace-error.ts";
import { redact } from "../../errors/redact.ts";

/** The target database's URL from the environment. Raises FatalError DATABASE_URL_MISSING, DATABASE_URL_INVALID. */
export function databaseUrl(env: NodeJS.ProcessEnv): string {
  const url = env["DATABASE_URL"];
  if (!url) {
    throw new FatalError("DATABASE_URL_MISSING", "DATABASE_URL is not set", {
      fix: "Set it to the target database, e.g. postgresql://user:password@host:5432/database",
    });
  }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new FatalError("DATABASE_URL_INVALID", `DATABASE_URL is no PostgreSQL URL: ${redact(url)}`, {
      fix: "Write it as postgresql://user:password@host:5432/database, with special characters percent-encoded",
    });
  }
  return url;
}

import { FatalError, MillraceError, RetryableError } from "../../errors/millrace-error.ts";
import { redact } from "../../errors/redact.ts";
import { isLostConnection, isNetworkCode, isTransientState } from "../../retry/transient-codes.ts";

/**
 * What PostgreSQL or the network said, as an error of ours: RetryableError DATABASE_UNREACHABLE or DATABASE_BUSY where
 * another attempt may succeed, FatalError DATABASE_LOGIN, DATABASE_MISSING, DATABASE_PERMISSION or DATABASE_ERROR else.
 * An error that is neither's, as one thrown by an operator's transform, is returned as it is.
 * SQLSTATEs: PostgreSQL documentation, appendix A.
 */
export function databaseError(cause: unknown, url?: string): Error {
  if (cause instanceof MillraceError) return cause;
  const { code = "", message, detail, where, severity } = describe(cause);
  const at = url === undefined ? "the database" : redact(url);
  const details = { sqlState: code, ...(detail && { detail }), ...(where && { where }) };
  if (isNetworkCode(code) || (code === "" && isLostConnection(message))) {
    return new RetryableError("DATABASE_UNREACHABLE", `${at} can not be reached: ${message}`, {
      fix: "Check DATABASE_URL, and that PostgreSQL runs there",
      details,
      cause,
    });
  }
  if (severity === undefined && cause instanceof Error) return cause;
  if (code.startsWith("28")) {
    return new FatalError("DATABASE_LOGIN", `${at} refused the login: ${message}`, {
      fix: "Check user and password in DATABASE_URL",
      details,
      cause,
    });
  }
  if (code === "3D000") {
    return new FatalError("DATABASE_MISSING", `${at}: ${message}`, {
      fix: "Create the database, or correct its name in DATABASE_URL",
      details,
      cause,
    });
  }
  if (code === "42501") {
    return new FatalError("DATABASE_PERMISSION", `${message} (${at})`, {
      fix: "Grant the operator's role what it needs",
      details,
      cause,
    });
  }
  if (isTransientState(code)) {
    return new RetryableError("DATABASE_BUSY", `${message} (SQLSTATE ${code})`, { details, cause });
  }
  return new FatalError("DATABASE_ERROR", `${message}${code && ` (SQLSTATE ${code})`}${where ? `, ${where}` : ""}`, {
    details,
    cause,
  });
}

interface DriverError {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly where?: string;
  /** What PostgreSQL says of every error, and nobody else. */
  readonly severity?: string;
}

function describe(cause: unknown): DriverError {
  if (!(cause instanceof Error)) return { message: String(cause) };
  // Several addresses tried, each refused: the message is empty, the reasons are inside.
  if (cause instanceof AggregateError && cause.errors.length > 0) return describe(cause.errors[0]);
  // drizzle wraps the driver's error, whose words are the ones that help.
  if (cause.cause instanceof Error && !("severity" in cause)) return describe(cause.cause);
  return cause as DriverError;
}

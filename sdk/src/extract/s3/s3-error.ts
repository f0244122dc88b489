import { FatalError, MillraceError, RetryableError } from "../../errors/millrace-error.ts";
import { fileMoving } from "../files/read-error.ts";
import { isTransientStatus } from "../../retry/transient-codes.ts";

/** What S3 or the way to it said, in our words: SOURCE_NOT_FOUND, S3_REFUSED, SOURCE_MOVING, or SOURCE_UNREADABLE, which may pass. */
export function s3Error(uri: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  const status = statusOf(cause);
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const options = { details: { uri, status: status ?? null }, cause };
  if (status === 404) {
    return new FatalError("SOURCE_NOT_FOUND", `There is no ${uri}`, {
      ...options,
      fix: "Check bucket and key in the operator's config, and that the partition's file has arrived",
    });
  }
  if (status === 412) return fileMoving(uri);
  if (isLogin(cause) || (status !== undefined && status < 500 && !isTransientStatus(status))) {
    return new FatalError("S3_REFUSED", `S3 refused ${uri} (${reason})`, {
      ...options,
      fix: "See that the process has credentials, region and endpoint, and may list the bucket and read the object",
    });
  }
  return new RetryableError("SOURCE_UNREADABLE", `Reading ${uri} failed (${reason})`, options);
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata: about } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return about?.httpStatusCode;
}

/** The AWS SDK found no credentials, or no region, before it asked anybody. */
function isLogin(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === "CredentialsProviderError" || /region is missing/i.test(error.message))
  );
}

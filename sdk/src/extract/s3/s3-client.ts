import type { S3Client } from "@aws-sdk/client-s3";
import { FatalError } from "../../errors/millrace-error.ts";

type S3 = typeof import("@aws-sdk/client-s3");

export interface S3Connection {
  readonly sdk: S3;
  readonly client: S3Client;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 60_000;

let connection: Promise<S3Connection> | undefined;

/**
 * The process's connection to S3. Region, endpoint and credentials are found as the AWS SDK finds them (`AWS_REGION`,
 * `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, a profile, a role).
 * Raises FatalError S3_MISSING where `@aws-sdk/client-s3` is not installed.
 */
export async function connectS3(): Promise<S3Connection> {
  connection ??= connect();
  return await connection;
}

async function connect(): Promise<S3Connection> {
  const sdk = await load();
  const { AWS_ENDPOINT_URL_S3: ofS3, AWS_ENDPOINT_URL: ofAll } = process.env;
  const client = new sdk.S3Client({
    // Other servers than Amazon's mostly have no host name for each bucket.
    forcePathStyle: (ofS3 ?? ofAll) !== undefined,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
  return { sdk, client };
}

async function load(): Promise<S3> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (cause) {
    throw new FatalError("S3_MISSING", "Reading from S3 takes `@aws-sdk/client-s3`, which is not installed", {
      fix: "Add `@aws-sdk/client-s3` to the dependencies",
      cause,
    });
  }
}

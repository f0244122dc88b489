import { FatalError } from "../../errors/millrace-error.ts";

type S3 = typeof import("@aws-sdk/client-s3");

/** The text of an object. Region, endpoint and credentials are found as the AWS SDK finds them. */
export async function readS3Text(bucket: string, key: string): Promise<string> {
  const { GetObjectCommand, S3Client } = await loadS3();
  const client = new S3Client({});
  try {
    const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await body?.transformToString("utf8")) ?? "";
  } catch (cause) {
    throw new FatalError("PIPES_CONTEXT_INVALID", `The context at s3://${bucket}/${key} could not be read`, {
      fix: "See that the process has credentials, region and endpoint, and may read the object",
      cause,
    });
  } finally {
    client.destroy();
  }
}

/** The AWS SDK, which only a process that talks through S3 needs. */
export async function loadS3(): Promise<S3> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (cause) {
    throw new FatalError(
      "PIPES_S3_MISSING",
      "The launcher talks through S3 and `@aws-sdk/client-s3` is not installed",
      {
        fix: "Add `@aws-sdk/client-s3` to the dependencies",
        cause,
      },
    );
  }
}

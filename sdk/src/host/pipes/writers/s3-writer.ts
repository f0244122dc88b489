import { FatalError } from "../../../errors/millrace-error.ts";
import { loadS3 } from "../s3.ts";
import { openChunkWriter } from "./chunk-writer.ts";
import type { PipesWriter } from "./writer.ts";

/** Uploads messages as objects `1.json`, `2.json`, … under a prefix, where the launcher's reader waits for them. */
export async function openS3Writer({
  bucket,
  keyPrefix,
}: {
  readonly bucket: string;
  readonly keyPrefix: string | null;
}): Promise<PipesWriter> {
  const { PutObjectCommand, S3Client } = await loadS3();
  const client = new S3Client({});
  const upload = async (number: number, text: string): Promise<void> => {
    const key = keyPrefix ? `${keyPrefix}/${number}.json` : `${number}.json`;
    try {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
    } catch (cause) {
      throw new FatalError("PIPES_WRITE_FAILED", `Messages could not be put at s3://${bucket}/${key}`, {
        fix: "See that the process has credentials, region and endpoint, and may write the object",
        cause,
      });
    }
  };
  return openChunkWriter(upload, { release: () => client.destroy() });
}

import type { ErrorSection } from "./error-section.ts";

export const files: ErrorSection = {
  title: "Files as sources",
  errors: [
    {
      codes: ["SOURCE_NOT_FOUND"],
      cause: "the file is not there",
      fix: "check the path, and that the partition's file has arrived",
    },
    { codes: ["SOURCE_UNREADABLE"], cause: "reading failed; may pass", fix: "the cause says why" },
    { codes: ["SOURCE_CORRUPT"], cause: "a gzip, zstd or Parquet file is cut off or damaged", fix: "fetch it again" },
    {
      codes: ["SOURCE_MOVING"],
      cause: "a file was changed while it was read; may pass",
      fix: "let its writer rename it into place when it is complete",
    },
    { codes: ["SOURCE_FIELDS"], cause: "the header lacks fields that records need", fix: "is it the right file?" },
    {
      codes: ["CSV_HEADER", "CSV_OPTIONS", "CSV_ROW_TOO_LONG"],
      cause:
        "the file has no usable header, or other fields than the first of several files; the delimiter is not one byte; a quote is never closed",
      fix: "the message says where",
    },
    {
      codes: ["PARQUET_MISREAD"],
      cause:
        "a column of a Parquet file has unsigned numbers from 2147483648 on as DuckDB packs them, which would be read as others",
      fix: "write it with `PARQUET_VERSION V1` or as BIGINT, or leave it out of `columns`",
    },
    {
      codes: ["PARQUET_COLUMNS"],
      cause: "a Parquet file lacks columns that were named, or has two of one name",
      fix: "is it the right file?",
    },
    {
      codes: ["S3_REFUSED"],
      cause: "S3 refused to list or to give an object, or there are no credentials or region",
      fix: "see what the process has of `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, and its permissions",
    },
    { codes: ["S3_URI"], cause: "an `s3:` URI names no bucket", fix: "`s3://bucket/key`" },
    { codes: ["S3_MISSING"], cause: "a source is on S3, and `@aws-sdk/client-s3` is not installed", fix: "install it" },
    {
      codes: ["ENCODING_UNKNOWN"],
      cause: "there is no encoding of that name",
      fix: "name it as the web does: `windows-1252`, `utf-16le`",
    },
  ],
};

import { openSync } from "node:fs";
import { fileCheckpointStore, type MillraceError } from "@millrace/sdk";
import { KEY } from "./checkpoint-value.ts";

// Sets a checkpoint where no more files can be opened, and prints the error.
const store = fileCheckpointStore({ directory: process.argv[2]! });
await store.set(KEY, 1);
try {
  for (;;) openSync("/dev/null", "r");
} catch {
  const error = (await store.set(KEY, 2).catch((reason: unknown) => reason)) as MillraceError;
  const { code, kind, details } = error;
  process.stdout.write(JSON.stringify({ code, kind, errno: details["errno"] }));
}

import { FatalError } from "../../errors/millrace-error.ts";
import { fs } from "./builtins.ts";
import { parseContextData, type PipesContextData, toContextData } from "./context-data.ts";

/** The context from where the launcher put it: a file, the params themselves, or S3. */
export async function loadContext(params: Readonly<Record<string, unknown>>): Promise<PipesContextData> {
  const { path, data, bucket, key } = params;
  if (path !== undefined) {
    if (typeof path !== "string") throw invalid('"path" of the params for the context is not a text');
    return parseContextData(readText(path), path);
  }
  if (data !== undefined) return toContextData(data, "the params");
  if (typeof bucket === "string" && typeof key === "string") {
    const { readS3Text } = await import("./s3.ts");
    return parseContextData(await readS3Text(bucket, key), `s3://${bucket}/${key}`);
  }
  throw invalid(`The params for the context name no known place: ${Object.keys(params).join(", ") || "none"}`);
}

function readText(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (cause) {
    throw new FatalError("PIPES_CONTEXT_INVALID", `The context's file, ${path}, could not be read`, {
      fix: "See that launcher and process share the file, and that the launcher still runs",
      cause,
    });
  }
}

function invalid(message: string): FatalError {
  return new FatalError("PIPES_PARAMS_INVALID", message, {
    fix: "Use a context injector for a file, the environment or S3, or pass your own `loadContext` to `openPipes`",
  });
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorReference, errorSections } from "./reference.ts";
import { usedCodes } from "./used-codes.ts";

/** Any code that begins so. */
const ANY = "SERVER_…";

/** Where the explanations of codes, the sources and docs/errors.md differ; none when all is well. */
export async function codeProblems(root: string): Promise<readonly string[]> {
  const explained = errorSections.flatMap(({ errors }) => errors.flatMap(({ codes }) => codes));
  const used = await usedCodes(root);
  const page = await readFile(join(root, "docs/errors.md"), "utf8");
  return [
    ...[...used]
      .filter(([code]) => !explained.includes(code))
      .map(([code, files]) => `${code} of ${files.join(", ")} is not explained in test/check/error-codes.`),
    ...explained
      .filter((code) => code !== ANY && !used.has(code))
      .map((code) => `${code} is explained in test/check/error-codes, and raised nowhere.`),
    ...(page === errorReference() ? [] : ["docs/errors.md is not made of these: `node test/check/write-errors.ts`."]),
  ];
}

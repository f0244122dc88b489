import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the sources say, by code: where each is written. */
export type UsedCodes = ReadonlyMap<string, readonly string[]>;

const SOURCES = [
  "{sdk,operators}/src/**/*.{ts,mjs}",
  "create-millrace/*.mjs",
  "example-project/{scripts,operators,patterns/operators}/**/*.{ts,mjs}",
  "orchestrator-config/src/**/*.py",
];

/** How a code may be written. */
const FORMS = [
  // A text of several words in capitals, wherever it stands.
  /(?<![\w.])["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']/g,
  // Of one word: where an error or a dead letter is made of it.
  /(?:Error\(\s*|super\(|malformed\(row, |\bcode: |code \?\? )"([A-Z][A-Z0-9]+)"/g,
  // For a SQLSTATE.
  /^ *"[0-9][0-9A-Z]{4}": "([A-Z][A-Z0-9_]+)",$/gm,
  // In what is written out as it is.
  /[`"']\[([A-Z][A-Z0-9_]{3,})\] /g,
] as const;

/** What looks like a code and is something else. */
const NO_CODES = [
  /^(MILLRACE|DAGSTER_PIPES)_[A-Z_]+$|^(DATABASE_URL|NODE_OPTIONS)$/, // variables of the environment
  /^(UND_ERR|CONNECT|CONNECTION)_[A-Z_]+$|^E(AI_AGAIN|NOSPC)$/, // codes of Node and of drivers, which are looked at
  /^(BYTE_ARRAY|U?INT_\d+|TIME_(MILLIS|MICROS)|TIMESTAMP_(MILLIS|MICROS)|DELTA_BINARY_PACKED)$/, // words of Parquet
  /^PG_VERSION$/, // a file of PostgreSQL
  /^API_BUSY$/, // an operator's own, as an example
  /^CODE$/, // where the form of a message is told
];

/** Reads the codes of all that is released, in TypeScript, JavaScript and Python. */
export async function usedCodes(root: string): Promise<UsedCodes> {
  const used = new Map<string, string[]>();
  for await (const file of glob(SOURCES, { cwd: root })) {
    for (const code of codesIn(await readFile(join(root, file), "utf8")))
      used.set(code, [...(used.get(code) ?? []), file]);
  }
  return used;
}

export function codesIn(source: string): readonly string[] {
  const found = FORMS.flatMap((form) => Array.from(source.matchAll(form), ({ 1: code }) => code!));
  return [...new Set(found)].filter((code) => !NO_CODES.some((other) => other.test(code)));
}

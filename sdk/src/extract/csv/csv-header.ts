import { FatalError } from "../../errors/millrace-error.ts";
import { FieldForm } from "./row-tables.ts";
import type { RowBlock } from "./scanner.ts";

export interface HeaderOptions {
  /** Names for files that have no header line. */
  readonly names?: readonly string[];
  /**
   * What to do about a header that has one name twice, or none for a field: `refuse` it (default), or `number` these
   * fields: `a`, `a_2`, `column_3`.
   */
  readonly unclearNames?: "refuse" | "number";
}

/** The names in the first row of a file. Raises FatalError CSV_HEADER. */
export function readHeader(
  path: string,
  block: RowBlock,
  { unclearNames = "refuse" }: HeaderOptions,
): readonly string[] {
  const { bytes, rows, starts, ends, forms } = block;
  const names: string[] = [];
  for (let field = rows[0]!; field < rows[1]!; field += 1) {
    const text = bytes.toString("utf8", starts[field], ends[field]);
    names.push(forms[field] === FieldForm.escaped ? text.replaceAll('""', '"') : text);
  }
  return checkNames(path, unclearNames === "number" ? numbered(names) : names);
}

/** Raises FatalError CSV_HEADER where records can not have these names. */
export function checkNames(path: string, names: readonly string[]): readonly string[] {
  const problem =
    names.find((name, index) => names.indexOf(name) !== index) ??
    names.find((name) => name === "" || name === "__proto__");
  if (problem === undefined) return names;
  throw new FatalError(
    "CSV_HEADER",
    `The header of ${path} can not name records: ${JSON.stringify(problem)} is doubled, empty or reserved`,
    {
      fix: 'Give each column a name of its own, or let them be numbered by `unclearNames: "number"`',
      details: { header: names },
    },
  );
}

/** All files of a source have the same fields, in any order. Raises FatalError CSV_HEADER. */
export function checkSameNames(
  first: { readonly path: string; readonly names: readonly string[] },
  other: { readonly path: string; readonly names: readonly string[] },
): void {
  const missing = first.names.filter((name) => !other.names.includes(name));
  const added = other.names.filter((name) => !first.names.includes(name));
  if (missing.length === 0 && added.length === 0) return;
  const list = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(", ") || "none";
  throw new FatalError(
    "CSV_HEADER",
    `${other.path} has other fields than ${first.path}: missing ${list(missing)}, added ${list(added)}`,
    { fix: "Load files of one kind together, the others by another operator", details: { missing, added } },
  );
}

function numbered(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((given, index) => {
    const name = given === "" ? `column_${index + 1}` : given;
    let unique = name;
    for (let number = 2; used.has(unique) || (unique !== given && taken.has(unique)); number += 1)
      unique = `${name}_${number}`;
    used.add(unique);
    return unique;
  });
}

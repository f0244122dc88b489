import fc from "fast-check";
import { text } from "../texts.ts";

/** A table, and how somebody wrote it as CSV. */
export interface WrittenTable {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly delimiter: string;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
  readonly mark: boolean;
  readonly nullText: string;
  readonly skipLines: readonly string[];
  readonly comment: string | undefined;
  /** Chosen for each row and field in turn. */
  readonly breaks: readonly string[];
  readonly quoted: readonly boolean[];
  readonly between: readonly ("nothing" | "an empty line" | "a comment")[];
  /** The last line has its break. */
  readonly ended: boolean;
}

const shape = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|", "\x01", " "),
  encoding: fc.constantFrom("utf-8", "utf-8", "utf-16le", "utf-16be", "windows-1252"),
  mark: fc.boolean(),
  nullText: fc.constantFrom("", "NULL", "\\N"),
  skipLines: fc.array(fc.constantFrom("", "made by a machine", '"', "a,b"), { maxLength: 2 }),
  comment: fc.constantFrom(undefined, "#"),
  breaks: fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 1, maxLength: 4 }),
  quoted: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  between: fc.array(fc.constantFrom("nothing", "nothing", "an empty line", "a comment"), {
    minLength: 1,
    maxLength: 5,
  }),
  ended: fc.boolean(),
} as const);

/** What windows-1252 has a character for. */
const narrow = fc.string({ unit: fc.constantFrom("a", "é", '"', ",", "\n", "\r", "ÿ", "\x01", " "), maxLength: 8 });

export const writtenTable: fc.Arbitrary<WrittenTable> = shape.chain((chosen) => {
  const field = fc.option(chosen.encoding === "windows-1252" ? narrow : text, { freq: 6 });
  return fc
    .integer({ min: 1, max: 5 })
    .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 12 }))
    .map((rows): WrittenTable => ({ ...chosen, rows }));
});

/** The file's text, and the line on which each row begins. */
export function write(table: WrittenTable): {
  readonly text: string;
  readonly lines: number[];
  readonly names: string[];
} {
  const { rows, breaks, between, comment, skipLines } = table;
  const names = Array.from({ length: rows[0]?.length ?? 2 }, (_, index) => `f${index}`);
  const lines: number[] = [];
  let line = 1;
  let written = "";
  let turn = 0;
  const add = (content: string) => {
    const end = breaks[turn % breaks.length]!;
    turn += 1;
    // A break of CR and an empty line ended by LF would be one break.
    written += content === "" && written.endsWith("\r") && end.startsWith("\n") ? "\r\n" : content + end;
    line += 1 + content.split("\n").length - 1;
  };
  for (const skipped of skipLines) add(skipped);
  add(names.join(table.delimiter));
  for (const [index, row] of rows.entries()) {
    const filler = between[index % between.length]!;
    if (filler === "an empty line") add("");
    if (filler === "a comment" && comment !== undefined) add(`${comment} "not a row`);
    lines.push(line);
    add(
      row
        .map((field, place) => fieldText(table, { field, place: index * row.length + place, first: place === 0 }))
        .join(table.delimiter),
    );
  }
  if (!table.ended) written = written.replace(/\r?\n$|\r$/, "");
  return { text: written, lines, names };
}

/** Quoted where it has to be, and elsewhere by chance. */
function fieldText(
  { delimiter, nullText, comment, quoted, rows, mark }: WrittenTable,
  { field, place, first }: { readonly field: string | null; readonly place: number; readonly first: boolean },
): string {
  const alone = rows[0]!.length === 1;
  // A line with nothing on it is no row: where a row has but one field, null can not be said by nothing.
  if (field === null && !(alone && nullText === "")) return nullText;
  const content = field ?? "";
  const must =
    content === nullText ||
    content.includes(delimiter) ||
    /^"|[\r\n]/.test(content) ||
    (first &&
      ((comment !== undefined && content.startsWith(comment)) ||
        content === "" ||
        (mark && content.startsWith("\uFEFF"))));
  return must || quoted[place % quoted.length] ? `"${content.replaceAll('"', '""')}"` : content;
}

export function encode(content: string, { encoding, mark }: Pick<WrittenTable, "encoding" | "mark">): Buffer {
  const marked = mark && encoding !== "windows-1252" ? `\uFEFF${content}` : content;
  if (encoding === "windows-1252") return Buffer.from(content, "latin1");
  if (encoding === "utf-8") return Buffer.from(marked);
  const bytes = Buffer.from(marked, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

/** What a reader makes of it. */
export function expectedRows({ rows, nullText }: WrittenTable): (string | null)[][] {
  return rows.map((row) => row.map((field) => (field === null && row.length === 1 && nullText === "" ? "" : field)));
}

/** A row as the simplest of readers has it. */
export interface NaiveRow {
  readonly fields: readonly string[];
  readonly code: "CSV_QUOTE" | "CSV_FIELDS" | "INVALID_UTF8" | null;
}

/** Reads CSV character by character, all at once, in plain words; null is what an empty field without quotes is. */
export function readNaively(content: Buffer, width: number): NaiveRow[] {
  const marked = content.subarray(0, 3).equals(Buffer.from("\uFEFF"));
  // One character for each byte, until fields are cut.
  const text = content.toString("latin1", marked ? 3 : 0);
  const rows: NaiveRow[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const fields: string[] = [];
    let broken = false;
    let bare = true;
    for (;;) {
      let field = "";
      if (text[at] === '"') {
        bare = false;
        at += 1;
        for (;;) {
          if (at >= text.length) {
            broken = true;
            break;
          }
          if (text[at] !== '"') field += text[at++]!;
          else if (text[at + 1] === '"') {
            field += '"';
            at += 2;
          } else {
            at += 1;
            break;
          }
        }
        if (at < text.length && !",\r\n".includes(text[at]!)) broken = true;
      }
      while (at < text.length && !",\r\n".includes(text[at]!)) field += text[at++]!;
      fields.push(field);
      if (text[at] !== ",") break;
      at += 1;
    }
    const end = at;
    at += text.startsWith("\r\n", at) ? 2 : 1;
    if (bare && end === start) continue;
    const line = Buffer.from(text.slice(start, end), "latin1");
    const invalid = line.toString().includes("\uFFFD") && !Buffer.from(line.toString()).equals(line);
    const decoded = fields.map((field) => Buffer.from(field, "latin1").toString());
    // What is no text is said first, but for a quote that is never closed.
    const code = invalid ? "INVALID_UTF8" : fields.length !== width ? "CSV_FIELDS" : broken ? "CSV_QUOTE" : null;
    rows.push({ fields: decoded, code: broken && at > text.length && unclosed(text, start) ? "CSV_QUOTE" : code });
  }
  return rows;
}

/** The text ends within quotes. */
function unclosed(text: string, start: number): boolean {
  let inside = false;
  let fresh = true;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]!;
    if (inside) {
      if (character !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else inside = false;
    } else {
      inside = fresh && character === '"';
      fresh = character === ",";
    }
  }
  return inside;
}

const TAB = 0x09;
const LF = 0x0a;

/** A row of COPY text, without its newline or with it, as its fields' texts. */
export function decodeLine(bytes: Buffer, start: number, end: number): (string | null)[] {
  const last = bytes[end - 1] === LF ? end - 1 : end;
  return bytes.toString("utf8", start, last).split("\t").map(decodeField);
}

/** One field of it. */
export function fieldOfLine(
  bytes: Buffer,
  start: number,
  { index, end }: { readonly index: number; readonly end: number },
): string | null {
  let at = start;
  for (let field = 0; field < index; field += 1) at = bytes.indexOf(TAB, at) + 1;
  const next = bytes.indexOf(TAB, at);
  return decodeField(bytes.toString("utf8", at, next < 0 || next >= end ? end - 1 : next));
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** What a field's text means, its escapes resolved; null for `\N`. */
function decodeField(text: string): string | null {
  if (!text.includes("\\")) return text;
  if (text === "\\N") return null;
  return text.replaceAll(/\\(.)/gsu, (_, character: string) => ESCAPES[character] ?? character);
}

/** The key of an asset: its path, outermost part first. */
export type AssetKey = readonly string[];

/** The key as the protocol writes it: parts joined by `/`, with `\` and `/` inside a part escaped. */
export function formatAssetKey(key: AssetKey): string {
  return key.map((part) => part.replaceAll("\\", "\\\\").replaceAll("/", "\\/")).join("/");
}

/** The parts of a key that the protocol wrote. */
export function parseAssetKey(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\") part += text.charAt(++at);
    else if (char === "/") {
      parts.push(part);
      part = "";
    } else part += char;
  }
  return [...parts, part];
}

/** Any JSON value, small and now and then strange. */
export function randomJson(random: () => number, depth = 0): unknown {
  const kind = Math.floor(random() * (depth > 3 ? 6 : 8));
  const size = Math.floor(random() * 4);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.floor((random() - 0.5) * 2 ** 40);
    case 3:
      return random() * 10 ** Math.floor(random() * 40 - 20);
    case 4:
    case 5:
      return randomText(random);
    case 6:
      return Array.from({ length: size }, () => randomJson(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: size }, () => [randomText(random), randomJson(random, depth + 1)]),
      );
  }
}

export function randomText(random: () => number): string {
  const alphabet = [
    "a",
    "/",
    "\\",
    "|",
    '"',
    "\n",
    "\0",
    "é",
    "😀",
    "\ud800",
    "__proto__",
    "2013-01-01",
    " ",
    "run_id",
  ];
  return Array.from({ length: Math.floor(random() * 5) }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
    "",
  );
}

export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("Nothing to pick from.");
  return item;
}

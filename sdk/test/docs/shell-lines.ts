/** The commands of a block of shell: words without quotes, comments or variables set for one command. */
export function shellCommands(code: string): readonly (readonly string[])[] {
  return code
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => line.replace(/(^|\s)#.*$/, "").split(/\s*(?:&&|\|\||;)\s*/))
    .map(words)
    .filter((command) => command.length > 0);
}

function words(command: string): string[] {
  const all = Array.from(
    command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g),
    ([, double, single, bare]) => double ?? single ?? bare!,
  );
  return all.slice(all.findIndex((word) => !/^[A-Z_]+=/.test(word)));
}

import type { PeerCase } from "./contender.ts";
import type { Outcome } from "./measure-case.ts";

/** A case as a table in Markdown, the fastest first. */
export function tableOf({ name, about, rows }: PeerCase, outcomes: readonly Outcome[]): string {
  const sorted = outcomes.toSorted((a, b) => (b.figures?.ratio[0] ?? 0) - (a.figures?.ratio[0] ?? 0));
  const lines = sorted.map(({ name: contender, peer, runs, figures, why }) => {
    const shown = peer === "millrace" ? `**${contender}**` : contender;
    if (figures === null) return `| ${shown} | ${why!.split("\n", 1)[0]!.slice(0, 160)} | | | | | |`;
    const { ms, cpuMs, peakMb, ratio } = figures;
    const [middle, least, most] = ratio.map((value) => value.toFixed(2));
    return `| ${shown} | ${seconds(ms)} | ${Math.round(rows / (ms / 1000)).toLocaleString("en")} | ${middle} (${least}–${most}) | ${seconds(cpuMs)} | ${Math.round(peakMb)} | ${runs} |`;
  });
  return [
    `${name}: ${about}; ratios to ${outcomes[0]!.name}`,
    "",
    "| who | s | rows/s | ratio | client CPU s | peak MB | runs |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

const seconds = (ms: number) => (ms / 1000).toFixed(2);

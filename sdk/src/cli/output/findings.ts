import type { Output } from "./output.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly status: "ok" | "warning" | "problem";
  /** How it is, or what is wrong and what to do. */
  readonly note: string;
}

const SIGNS = { ok: ["green", "✓"], warning: ["yellow", "!"], problem: ["red", "✗"] } as const;

/** A line for each. */
export function findingsText(findings: readonly Finding[], output: Output): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .map(({ what, status, note }) => {
      const [style, sign] = SIGNS[status];
      return `${output.style(style, sign)} ${what.padEnd(width)}  ${note.replaceAll("\n", `\n${" ".repeat(width + 4)}`)}`.trimEnd();
    })
    .join("\n");
}

/** What a check comes to; what it raises is the problem. */
export async function find(what: string, look: () => Promise<string | Omit<Finding, "what">>): Promise<Finding> {
  try {
    const found = await look();
    return typeof found === "string" ? { what, status: "ok", note: found } : { what, ...found };
  } catch (error) {
    return { what, status: "problem", note: error instanceof Error ? error.message : String(error) };
  }
}

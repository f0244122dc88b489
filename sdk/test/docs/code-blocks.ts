import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A fenced block of a page. */
export interface CodeBlock {
  /** From the repository's root. */
  readonly page: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** As the fence names it; empty where it names none. */
  readonly language: string;
  readonly code: string;
  /** The folder that it is meant to stand in, from the repository's root: `<!-- check: in example-project -->` ahead of it. */
  readonly folder: string | null;
  /** Lines that are not shown, ahead of it: those of the same remark. */
  readonly prelude: string;
  /** Why nothing looks at it: `<!-- unchecked: why -->` ahead of it. */
  readonly unchecked: string | null;
}

const PAGES = ["*.md", "docs/**/*.md", "{sdk,operators,orchestrator-config,create-millrace,example-project}/**/*.md"];
const FENCE = /^( *)```(\w*)[^\n]*\n([^]*?)^\1```$/gm;
const REMARK = /<!-- (check|unchecked):((?:(?!-->)[^])*)-->\n+$/;

/** The blocks of everything that documents Millrace. */
export async function readBlocks(root: string): Promise<readonly CodeBlock[]> {
  return (await readPages(root)).flatMap(({ page, text }) => blocksOf(page, text));
}

/** The pages themselves, by name. */
export async function readPages(root: string): Promise<readonly { readonly page: string; readonly text: string }[]> {
  const exclude = (name: string) => /(^|\/)(node_modules|dist|\.venv.*|\.millrace|CHANGELOG\.md)$/.test(name);
  const pages = (await Array.fromAsync(glob(PAGES, { cwd: root, exclude }))).toSorted();
  return await Promise.all(pages.map(async (page) => ({ page, text: await readFile(join(root, page), "utf8") })));
}

function blocksOf(page: string, text: string): CodeBlock[] {
  return Array.from(text.matchAll(FENCE), ({ 1: indent, 2: language, 3: code, index }) => {
    const [, kind, remark = ""] = REMARK.exec(text.slice(0, index)) ?? [];
    const [, folder, prelude = ""] = /^ *(?:in (\S+))?[ \n]*([^]*?)\s*$/.exec(kind === "check" ? remark : "")!;
    return {
      page,
      line: text.slice(0, index).split("\n").length + 1,
      language: language!,
      code: code!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      folder: folder ?? null,
      prelude,
      unchecked: kind === "unchecked" ? remark.trim() : null,
    };
  });
}

export function placeOf({ page, line }: CodeBlock): string {
  return `${page}:${line}`;
}

import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import { textTable } from "./table.ts";

type Style = Parameters<typeof styleText>[0];

export interface OutputOptions {
  /** Machine-readable: nothing but one JSON document on stdout. */
  readonly json: boolean;
}

/** What a command prints: results on stdout, everything said on the way on stderr. */
export class Output {
  readonly json: boolean;
  /** Someone is watching: progress may be drawn over itself. */
  readonly live: boolean;
  readonly #update = createLogUpdate(process.stderr);

  constructor({ json }: OutputOptions) {
    this.json = json;
    this.live = !json && process.stderr.isTTY;
  }

  /** The command's result: as JSON, or for a person as `text` says. */
  result(value: unknown, text: () => string): void {
    this.clear();
    const shown = this.json ? JSON.stringify(value, digits, 2) : text();
    if (shown !== "") process.stdout.write(`${shown}\n`);
  }

  /** A line on the way; not for machines. */
  say(line: string): void {
    if (this.json || line === "") return;
    this.clear();
    process.stderr.write(`${line}\n`);
  }

  /** Draws the state of things over what was drawn before, where someone is watching. */
  draw(lines: string): void {
    if (this.live) this.#update(lines);
  }

  clear(): void {
    if (this.live) this.#update.clear();
  }

  table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
    return textTable(
      head.map((name) => this.style("dim", name)),
      rows,
    );
  }

  /** Coloured where stdout is a terminal that has colours and NO_COLOR does not forbid it. */
  style(style: Style, text: string): string {
    return this.json ? text : styleText(style, text, { stream: process.stdout });
  }
}

function digits(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

import type { LogLine } from "./operator-process.ts";

/** How far an operator's process is, from its own log. */
export class Progress {
  partition: string | null = null;
  /** Records read and committed of this partition. */
  records = 0;
  rejected = 0;
  chunks = 0;
  readonly #now: () => number;
  #began: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#began = now();
  }

  /** Takes what the line says of progress; true where it says nothing else. */
  hear(line: LogLine): boolean {
    switch (line.message) {
      case "batch_started":
        this.partition = (line["partition"] as string | null | undefined) ?? null;
        this.records = this.rejected = this.chunks = 0;
        this.#began = this.#now();
        return true;
      case "batch_completed":
        this.chunks += 1;
        this.records += Number(line["processed"] ?? 0) + Number(line["failed"] ?? 0);
        this.rejected += Number(line["failed"] ?? 0);
        return true;
      default:
        return false;
    }
  }

  toString(): string {
    const seconds = (this.#now() - this.#began) / 1000;
    const facts = [
      this.partition ?? "",
      `${count(this.records)} records`,
      seconds > 0.5 ? `${count(Math.round(this.records / seconds))}/s` : "",
      `chunk ${this.chunks}`,
      this.rejected > 0 ? `${count(this.rejected)} rejected` : "",
    ];
    return facts.filter(Boolean).join("  ");
  }
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

import { FatalError } from "@millrace/sdk";
import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";

/** A YAML (or JSON) text that knows the lines of its values. */
export class YamlFile {
  readonly value: unknown;
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** Raises FatalError DECLARED_INVALID where it is no YAML. */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, merge: true });
    const problems = this.#document.errors.map(
      ({ message, pos }) => `line ${this.#lines.linePos(pos[0]).line}: ${message}`,
    );
    if (problems.length > 0) throw this.error(problems);
    this.value = this.#document.toJS() as unknown;
  }

  /** A problem with the value at a path, with its line: `line 7, operators[0].config.path: …`. */
  problem(path: readonly PropertyKey[], message: string): string {
    return `line ${this.#line(path)}, ${showPath(path)}: ${message}`;
  }

  problems(path: readonly PropertyKey[], issues: readonly z.core.$ZodIssue[]): string[] {
    return issues.flatMap((issue) => {
      const at = [...path, ...issue.path];
      if (issue.code !== "unrecognized_keys") return [this.problem(at, issue.message)];
      return issue.keys.map((key) => this.problem([...at, key], "there is no such field"));
    });
  }

  error(problems: readonly string[]): FatalError {
    return new FatalError("DECLARED_INVALID", `${this.#file} does not declare operators: ${problems.join("; ")}`, {
      fix: "docs/operators.md has the fields of each operator",
      details: { file: this.#file, problems },
    });
  }

  /** Of the value, or of the nearest that holds it. */
  #line(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

function showPath(path: readonly PropertyKey[]): string {
  return (
    path
      .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
      .join("") || "file"
  );
}

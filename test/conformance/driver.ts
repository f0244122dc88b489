import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const python = join(import.meta.dirname, "../../orchestrator-config/.venv/bin/python");

/** A step to run; what is left out is as with a stock `PipesSubprocessClient` on the unpartitioned asset `a`. */
export interface StepRequest {
  readonly command: readonly string[];
  readonly assets?: readonly (readonly string[])[];
  readonly checks?: readonly string[];
  readonly deps?: readonly (readonly string[])[];
  readonly partitions?: "static" | "daily" | "berlin" | "dynamic" | "multi";
  readonly partition?: string;
  readonly range?: readonly [string, string];
  readonly extras?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly injector?: "file" | "env" | "s3";
  readonly reader?: "file" | "s3" | { readonly stdio: string } | { readonly buffered_stdio: string };
  readonly includeStdio?: boolean;
  readonly forwardStdio?: boolean;
  /** A session of our own instead of the stock client: for params as arguments and messages through a stream. */
  readonly session?: boolean;
  readonly arguments?: boolean;
  readonly bucket?: string;
  /** The run is interrupted as by Dagster once this file is there. */
  readonly interruptWhen?: string;
}

export interface DagsterError {
  readonly name: string | null;
  readonly message: string;
  readonly stack: readonly string[];
  readonly cause: DagsterError | null;
}

export interface DagsterEvent {
  readonly type: string;
  readonly level: number;
  readonly message: string;
  readonly asset?: readonly string[];
  readonly partition?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, { readonly class: string; readonly value: unknown }>>;
  readonly check?: string;
  readonly passed?: boolean;
  readonly severity?: string;
  readonly error?: DagsterError;
}

export interface StepAnswer {
  readonly runId: string;
  readonly success: boolean;
  readonly raised?: string;
  readonly events: readonly DagsterEvent[];
  readonly custom: readonly any[];
  readonly stdout: string;
  readonly stderr: string;
}

/** A Python process that runs steps in Dagster, one after the other. */
export class Driver implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  #last = 0;

  constructor() {
    this.#child = spawn(python, [join(import.meta.dirname, "driver.py"), "3"], {
      stdio: ["pipe", "inherit", "inherit", "pipe"],
    });
    createInterface({ input: this.#child.stdio[3] as Readable }).on("line", (line) => {
      const answer = JSON.parse(line) as { id: number };
      this.#waiting.get(answer.id)?.(answer);
    });
    this.#child.on("exit", (code) => {
      for (const answer of this.#waiting.values()) answer({ failed: `the driver ended with exit code ${code}` });
    });
  }

  async run(step: StepRequest): Promise<StepAnswer> {
    return (await this.ask("run", step)) as unknown as StepAnswer;
  }

  async ask(action: string, request: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const answer = await new Promise<Record<string, unknown>>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin?.write(`${JSON.stringify({ id, action, ...request })}\n`);
    });
    this.#waiting.delete(id);
    if (answer["failed"]) throw new Error(`${action}: ${String(answer["failed"])}\n${String(answer["stderr"] ?? "")}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }
}

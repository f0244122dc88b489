import { FatalError } from "../../errors/millrace-error.ts";
import { type AssetKey, formatAssetKey } from "./asset-key.ts";
import type { PipesContext } from "./context.ts";
import { toPipesException } from "./exception.ts";
import { type ExactJson, toJson } from "./json.ts";
import { encodeMessage } from "./message.ts";
import { normalizeMetadata } from "./metadata.ts";
import { type ProcessWatch, type Thrown, watchProcess } from "./process-watch.ts";
import type { LogLevel, PipesMessage, StdioStream } from "./protocol.ts";
import type { AssetCheck, Materialization } from "./reports.ts";
import { splitText } from "./trim.ts";
import type { PipesWriter } from "./writers/writer.ts";

export interface PipesSessionOptions {
  /**
   * Whether the session answers for the process (default): SIGINT and SIGTERM abort `signal`, and whatever ends the
   * process — an uncaught error, `process.exit`, a promise that never settles — is reported and exits non-zero.
   */
  readonly watchProcess?: boolean;
  /** How long a process that was asked to stop may take, in milliseconds; default 10,000. Dagster waits for 20 s. */
  readonly graceMs?: number;
  /** Facts for the launcher, sent with the first message. */
  readonly openedExtras?: Readonly<Record<string, unknown>>;
}

const levels: ReadonlySet<string> = new Set(["debug", "info", "warning", "error", "critical"]);
// Without an orchestrator nobody says which asset it is, and a program need not know.
const unnamedAsset: AssetKey = ["asset"];
const severities: ReadonlySet<string> = new Set(["warn", "error"]);
// Far enough below the limit that escapes of six bytes a character fit.
const maxStreamText = 150_000;

/** A process's line to its launcher: what it was asked, and what it says back. Nothing that the launcher would refuse is sent. */
export class PipesSession implements AsyncDisposable {
  readonly context: PipesContext;
  /** Aborted when the launcher asks the process to stop; the reason is the error to fail with. */
  readonly signal: AbortSignal;
  /** Whether an orchestrator launched the process; without one, what is said is printed. */
  readonly isLaunched: boolean;
  readonly #writer: PipesWriter;
  readonly #stop = new AbortController();
  readonly #watch: ProcessWatch | undefined;
  readonly #reported = new Set<string>();
  #state: "open" | "disposed" | "closed" = "open";

  /** `isLaunched: false` is a session without an orchestrator. */
  constructor(
    context: PipesContext,
    writer: PipesWriter,
    options: PipesSessionOptions & { readonly isLaunched?: boolean } = {},
  ) {
    this.isLaunched = options.isLaunched ?? true;
    this.context = context;
    this.signal = this.#stop.signal;
    this.#writer = writer;
    this.#send({
      method: "opened",
      params: { extras: toJson(options.openedExtras ?? {}) as Record<string, ExactJson> },
    });
    if (options.watchProcess ?? true) this.#watch = this.#watchProcess(options.graceMs ?? 10_000);
  }

  get isClosed(): boolean {
    return this.#state !== "open";
  }

  /** A line in the orchestrator's log, which costs it milliseconds: milestones only. */
  log(level: LogLevel, message: string): void {
    if (!levels.has(level)) throw invalid(`"${level}" is no log level`, `Use one of ${[...levels].join(", ")}`);
    this.#report({
      method: "log",
      params: { message: String(message).toWellFormed(), level: level.toUpperCase() as Uppercase<LogLevel> },
    });
  }

  /** The asset is there. Once an asset: the orchestrator fails a run that says it twice. */
  reportMaterialization({ assetKey, metadata, dataVersion }: Materialization = {}): void {
    const asset = this.#asset(assetKey);
    if (dataVersion !== undefined && typeof dataVersion !== "string")
      throw invalid("A data version is not a string", "Pass a string");
    this.#reportOnce(`asset ${asset}`, {
      method: "report_asset_materialization",
      params: {
        asset_key: asset,
        metadata: metadata ? normalizeMetadata(metadata) : null,
        data_version: dataVersion?.toWellFormed() ?? null,
      },
    });
  }

  /** What a check of an asset found; once a check. */
  reportCheck({ checkName, passed, severity = "error", assetKey, metadata }: AssetCheck): void {
    const asset = this.#asset(assetKey);
    if (typeof checkName !== "string" || checkName === "") throw invalid("A check has no name", "Pass `checkName`");
    if (typeof passed !== "boolean")
      throw invalid(`Whether check "${checkName}" passed is not a boolean`, "Pass true or false");
    if (!severities.has(severity)) throw invalid(`"${String(severity)}" is no severity`, "Use warn or error");
    this.#reportOnce(`check ${checkName} of asset ${asset}`, {
      method: "report_asset_check",
      params: {
        asset_key: asset,
        check_name: checkName.toWellFormed(),
        passed,
        severity: severity.toUpperCase() as "WARN" | "ERROR",
        metadata: metadata ? normalizeMetadata(metadata) : null,
      },
    });
  }

  /** Anything that JSON can hold, for whoever launched the process. Raises PIPES_MESSAGE_TOO_LONG above about 900 kB. */
  reportCustomMessage(payload: unknown): void {
    this.#report({ method: "report_custom_message", params: { payload: toJson(payload) } });
  }

  /** What another program printed, for the run's stdout or stderr. */
  logExternalStream(stream: StdioStream, text: string, extras: Readonly<Record<string, unknown>> = {}): void {
    if (stream !== "stdout" && stream !== "stderr")
      throw invalid(`"${String(stream)}" is no stream`, "Use stdout or stderr");
    const facts = toJson(extras) as Record<string, ExactJson>;
    for (const part of splitText(String(text).toWellFormed(), maxStreamText)) {
      this.#report({ method: "log_external_stream", params: { stream, text: part, extras: facts } });
    }
  }

  /** Stops the run as if the launcher had asked to: aborts `signal` with this error; the exit code will not be 0. */
  requestStop(reason: Error, exitCode = 1): void {
    this.#stop.abort(reason);
    this.#watch?.endSoon(exitCode);
  }

  /** Resolves when everything said has left the process. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }

  /**
   * The last word: with an error, or after the launcher asked to stop, the run failed and the process will exit
   * non-zero. Resolves when everything said has left the process. Further calls do nothing.
   */
  async close(error?: unknown): Promise<void> {
    await this.#close(error === undefined ? null : { error });
  }

  /**
   * Flushes. The last word waits for the end of the process, because a block that is left by a throw disposes first:
   * only then is it known whether the run failed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== "open") return;
    if (!this.#watch) return this.close();
    this.#state = "disposed";
    await this.#writer.flush();
  }

  #watchProcess(graceMs: number): ProcessWatch {
    return watchProcess(
      {
        onStop: (signal, code) => this.requestStop(stopped(signal), code),
        onAbort: (thrown) => this.#close(thrown),
        onDrained: () => this.#close(this.#unfinished(Number(process.exitCode ?? 0))),
        onExit: (code) => {
          if (this.#sayClosed(this.#unfinished(code))) this.#writer.closeNow();
        },
      },
      { graceMs },
    );
  }

  /** Why a session that the program did not close has failed, if it has. */
  #unfinished(code: number): Thrown | null {
    if (this.#state === "closed" || this.signal.aborted) return null;
    if (this.#state === "open") return { error: notClosed(code) };
    return code === 0 ? null : { error: new FatalError("PIPES_EXIT_CODE", `The process ended with exit code ${code}`) };
  }

  async #close(thrown: Thrown | null): Promise<void> {
    if (this.#sayClosed(thrown)) await this.#writer.close();
  }

  #sayClosed(thrown: Thrown | null): boolean {
    if (this.#state === "closed") return false;
    this.#state = "closed";
    this.#watch?.release();
    const failure = thrown ?? (this.signal.aborted ? { error: this.signal.reason } : null);
    // A launcher that looks at the exit code only must see it too.
    if (failure && !process.exitCode) process.exitCode = 1;
    this.#send({ method: "closed", params: failure ? { exception: toPipesException(failure.error) } : {} });
    return true;
  }

  #report(message: PipesMessage): void {
    if (this.#state !== "open") {
      throw new FatalError("PIPES_CLOSED", `\`${message.method}\` after the session was closed`, {
        fix: "Report before it closes",
      });
    }
    this.#send(message);
  }

  #send(message: PipesMessage): void {
    const line = encodeMessage(message);
    try {
      this.#writer.write(line, message);
    } catch (error) {
      // A launcher that is gone can not be told; that must not get in the way of settling.
      if (!this.signal.aborted) throw error;
    }
  }

  #reportOnce(what: string, message: PipesMessage): void {
    if (this.#reported.has(what)) throw invalid(`The ${what} was reported already`, "Report it once, when all is done");
    this.#report(message);
    this.#reported.add(what);
  }

  #asset(given: AssetKey | undefined): string {
    const { assetKeys } = this.context;
    const key = formatAssetKey(given ?? (this.isLaunched ? this.context.assetKey : (assetKeys[0] ?? unnamedAsset)));
    if (assetKeys.length > 0 && !assetKeys.some((known) => formatAssetKey(known) === key)) {
      throw invalid(
        `Asset ${key} is not one of the run: ${assetKeys.map(formatAssetKey).join(", ")}`,
        "Report the run's own assets",
      );
    }
    return key;
  }
}

function notClosed(code: number): FatalError {
  return new FatalError("PIPES_NOT_CLOSED", `The process ended (exit code ${code}) before the session was closed`, {
    fix: "Await all work, use `await using`, and do not call process.exit before the end",
  });
}

function stopped(signal: string): FatalError {
  return new FatalError("PIPES_STOPPED", `The launcher asked the process to stop (${signal})`);
}

function invalid(message: string, fix: string): FatalError {
  return new FatalError("PIPES_ARGUMENT_INVALID", message, { fix });
}

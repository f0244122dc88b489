import { type PipesContextData, toContextData } from "./context-data.ts";
import { PipesContext } from "./context.ts";
import { reportFailedStart } from "./failed-start.ts";
import { loadContext } from "./load-context.ts";
import { findParams, type ParamsSources, type PipesParams } from "./params.ts";
import { PipesSession, type PipesSessionOptions } from "./session.ts";
import { captureStdio } from "./writers/capture-stdio.ts";
import { openLocalWriter } from "./writers/local-writer.ts";
import { openWriter } from "./writers/open-writer.ts";
import type { PipesWriter } from "./writers/writer.ts";

export interface OpenPipesOptions extends PipesSessionOptions, ParamsSources {
  /** The params, where they did not come by environment or arguments; null for none. */
  readonly params?: PipesParams | null;
  /** Reads the context from a place that is not built in, e.g. another cloud's storage. */
  readonly loadContext?: (params: PipesParams["context"]) => Promise<unknown>;
  /** Opens a writer to a place that is not built in. */
  readonly openWriter?: (params: PipesParams["messages"]) => Promise<PipesWriter>;
  /** The context where no orchestrator launched the process; a fresh run id and nothing else by default. */
  readonly local?: Partial<PipesContextData>;
}

/**
 * Opens the line to the orchestrator that launched the process; without one, what is said is printed on stderr.
 * Raises PIPES_PARAMS_INVALID, PIPES_CONTEXT_INVALID, PIPES_WRITE_FAILED, PIPES_S3_MISSING.
 *
 * @example
 * await using pipes = await openPipes();
 * pipes.log("info", `partition ${pipes.context.partitionKey}`);
 * pipes.reportMaterialization({ metadata: { rows: 842, source: metadata.url("https://…") } });
 */
export async function openPipes(options: OpenPipesOptions = {}): Promise<PipesSession> {
  const params = options.params === undefined ? findParams(options) : options.params;
  if (params === null) return openLocal(options);
  const open = (): Promise<PipesWriter> => (options.openWriter ?? openWriter)(params.messages);
  let data: PipesContextData;
  try {
    data = await load(params.context, options);
  } catch (error) {
    await reportFailedStart(open, error);
    throw error;
  }
  const writer = await open();
  if (!params.messages["include_stdio_in_messages"]) return new PipesSession(new PipesContext(data), writer, options);
  return openCapturing(new PipesContext(data), writer, options);
}

async function load(params: PipesParams["context"], options: OpenPipesOptions): Promise<PipesContextData> {
  return options.loadContext
    ? toContextData(await options.loadContext(params), "the given place")
    : loadContext(params);
}

function openLocal(options: OpenPipesOptions): PipesSession {
  const data = toContextData({ run_id: crypto.randomUUID(), ...options.local }, "the options");
  return new PipesSession(new PipesContext(data), openLocalWriter(), { ...options, isLaunched: false });
}

/** A session that also carries what the process prints. */
function openCapturing(context: PipesContext, writer: PipesWriter, options: PipesSessionOptions): PipesSession {
  let end = (): void => {};
  const capturing: PipesWriter = {
    ...writer,
    write: (line, message) => {
      if (message.method === "closed") end();
      writer.write(line, message);
    },
  };
  const session = new PipesSession(context, capturing, options);
  end = captureStdio((stream, text) => {
    if (!session.isClosed) session.logExternalStream(stream, text);
  });
  return session;
}

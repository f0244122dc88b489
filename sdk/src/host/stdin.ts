import { FatalError } from "../errors/millrace-error.ts";
import { openLifeline } from "./lifeline.ts";
import { parseContextData, type PipesContextData } from "./pipes/context-data.ts";
import { PipesContext } from "./pipes/context.ts";
import { reportFailedStart } from "./pipes/failed-start.ts";
import { PipesSession, type PipesSessionOptions } from "./pipes/session.ts";
import { openFdWriter } from "./pipes/writers/file-writer.ts";
import { openStdioWriter } from "./pipes/writers/stdio-writer.ts";
import type { PipesWriter } from "./pipes/writers/writer.ts";
import { stopWhenGone } from "./launcher-gone.ts";
import { PipesHost } from "./pipes-host.ts";

export const hostVariable = "MILLRACE_HOST";
export const messagesVariable = "MILLRACE_MESSAGES_FD";

/**
 * The host of a launcher that wrote the context as one line to stdin and keeps stdin open; messages go to the file
 * descriptor in MILLRACE_MESSAGES_FD, by default stdout. Raises PIPES_CONTEXT_INVALID, PIPES_PARAMS_INVALID.
 */
export async function openStdinHost(
  env: Readonly<Record<string, string | undefined>>,
  options: PipesSessionOptions = {},
): Promise<PipesHost> {
  const writer = openMessages(env[messagesVariable]);
  const lifeline = openLifeline();
  let data: PipesContextData;
  try {
    data = parseContextData(await lifeline.readLine(), "stdin");
  } catch (error) {
    await reportFailedStart(() => writer, error);
    throw error;
  }
  const session = new PipesSession(new PipesContext(data), writer, options);
  stopWhenGone(lifeline, session);
  // A child process inherits the environment, but it is not what the launcher speaks to.
  for (const name of [hostVariable, messagesVariable]) Reflect.deleteProperty(process.env, name);
  return new PipesHost("stdin", session);
}

function openMessages(fd: string | undefined): PipesWriter {
  if (fd === undefined || fd === "" || fd === "1") return openStdioWriter("stdout");
  if (!/^\d+$/.test(fd) || Number(fd) === 0) {
    throw new FatalError("PIPES_PARAMS_INVALID", `${messagesVariable} is "${fd}", which is no file descriptor`, {
      fix: "Set it to the number of a descriptor that the process inherits, e.g. 3, or leave it out for stdout",
    });
  }
  return fd === "2" ? openStdioWriter("stderr") : openFdWriter(Number(fd));
}

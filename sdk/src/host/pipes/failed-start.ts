import { toPipesException } from "./exception.ts";
import { encodeMessage } from "./message.ts";
import type { PipesMessage } from "./protocol.ts";
import type { PipesWriter } from "./writers/writer.ts";

/**
 * Tells the launcher why the process could not start, as far as the launcher can be told, so that the reason is found
 * where the run is looked at. Never raises: the reason itself is what has to be raised.
 */
export async function reportFailedStart(open: () => Promise<PipesWriter> | PipesWriter, error: unknown): Promise<void> {
  const messages: readonly PipesMessage[] = [
    { method: "opened", params: { extras: {} } },
    { method: "closed", params: { exception: toPipesException(error) } },
  ];
  try {
    const writer = await open();
    for (const message of messages) writer.write(encodeMessage(message), message);
    await writer.close();
  } catch {
    // Neither context nor messages: stderr and the exit code remain.
  }
}

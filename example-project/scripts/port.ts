import { MillraceError } from "@millrace/sdk";
import { createServer } from "node:net";

/** The port that an environment variable names, if it does. Raises PORT_INVALID. */
export function chosenPort(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new MillraceError("PORT_INVALID", `${variable} is ${JSON.stringify(text)}, which is no port`, {
    fix: "Set it to a number from 1024 to 65535",
  });
}

/** Raises PORT_IN_USE where another program listens on the port. */
export async function requireFreePort(port: number, variable: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject);
      probe.listen(port, "127.0.0.1", resolve);
    });
  } catch (cause) {
    throw new MillraceError("PORT_IN_USE", `Port ${port} is taken by another program`, {
      fix: `End that program, or choose another port: ${variable}=${port + 1}`,
      cause,
    });
  } finally {
    probe.close();
  }
}

import { once } from "node:events";
import { createServer } from "node:net";
import { MillraceError } from "../../errors/millrace-error.ts";

export const address = "127.0.0.1";

/** Finds a TCP port of 127.0.0.1 that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  return tryPort(0);
}

/**
 * Makes sure that a port of 127.0.0.1 can be listened on.
 *
 * @throws `PORT_IN_USE` when another program does.
 * @throws `PORT_UNUSABLE` when the system refuses it: below 1024 for an ordinary user, above 65535.
 */
export async function requirePort(port: number): Promise<void> {
  try {
    await tryPort(port);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") throw portInUse(port, cause);
    throw new MillraceError(
      "PORT_UNUSABLE",
      `Port ${port} of ${address} can not be listened on: ${(cause as Error).message}`,
      {
        fix: "Choose a port from 1024 to 65535, or none to have a free one found.",
        details: { port },
        cause,
      },
    );
  }
}

export function portInUse(port: number, cause?: unknown): MillraceError {
  return new MillraceError("PORT_IN_USE", `Port ${port} of ${address} is in use by another program`, {
    fix: `Stop that program (\`lsof -i :${port}\` names it), choose another port, or none to have a free one found.`,
    details: { port },
    ...(cause === undefined ? {} : { cause }),
  });
}

async function tryPort(port: number): Promise<number> {
  const probe = createServer();
  probe.listen(port, address);
  await once(probe, "listening");
  const { port: found } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return found;
}

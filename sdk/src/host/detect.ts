import type { Host } from "./host.ts";
import { lifelineVariable, stopWhenGone } from "./launcher-gone.ts";
import { openLifeline } from "./lifeline.ts";
import { type LocalLaunch, openLocalHost } from "./local.ts";
import { openPipes } from "./pipes/open-pipes.ts";
import { findParams } from "./pipes/params.ts";
import type { PipesSessionOptions } from "./pipes/session.ts";
import { PipesHost } from "./pipes-host.ts";
import { hostVariable, openStdinHost } from "./stdin.ts";

export interface DetectHostOptions extends PipesSessionOptions {
  /** The process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The process's arguments by default. */
  readonly argv?: readonly string[];
  /** What the person at the terminal asked for; used only where no launcher is found. */
  readonly local?: LocalLaunch;
}

/**
 * The launcher that this process finds: one that says so (`MILLRACE_HOST=stdin`), else one that speaks Pipes, else
 * none (a person at a terminal). Raises PIPES_PARAMS_INVALID, PIPES_CONTEXT_INVALID, PIPES_WRITE_FAILED.
 */
export async function detectHost(options: DetectHostOptions = {}): Promise<Host> {
  const { env = process.env, argv = process.argv, local, ...session } = options;
  if (env[hostVariable] === "stdin") return openStdinHost(env, session);
  const params = findParams({ env, argv });
  if (params === null) return openLocalHost({ ...session, ...local });
  const lifeline = env[lifelineVariable] === "stdin" ? openLifeline() : undefined;
  Reflect.deleteProperty(process.env, lifelineVariable);
  const pipes = await openPipes({ ...session, params });
  if (lifeline) stopWhenGone(lifeline, pipes);
  return new PipesHost("pipes", pipes);
}

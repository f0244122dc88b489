import { FatalError } from "../errors/millrace-error.ts";
import type { Lifeline } from "./lifeline.ts";
import type { PipesSession } from "./pipes/session.ts";

/** Set to `stdin` by a launcher that speaks Pipes and keeps the process's stdin open for as long as it lives. */
export const lifelineVariable = "MILLRACE_LIFELINE";

/** Stops the run when the launcher is gone: nobody would hear of its result, and another one may be started. */
export function stopWhenGone(lifeline: Lifeline, session: PipesSession): void {
  lifeline.onClosed(() => {
    if (session.isClosed) return;
    session.requestStop(
      new FatalError("PIPES_LAUNCHER_GONE", "The launcher is gone: stdin was closed", { fix: "Launch the run again" }),
    );
  });
}

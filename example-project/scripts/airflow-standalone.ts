import { MillraceError } from "@millrace/sdk";
import { execa } from "execa";
import { createWriteStream } from "node:fs";
import { relative } from "node:path";
import { repository } from "./places.ts";
import { stopGroup } from "./process-group.ts";

export interface AirflowStandalone extends AsyncDisposable {
  /** Settles only when Airflow ends by itself: raises AIRFLOW_ENDED. */
  failed(): Promise<never>;
}

/**
 * Airflow's scheduler, DAG processor, triggerer and API server, in a process group of their own so that they end together:
 * `airflow standalone` leaves its children behind when it is told to end.
 */
export function startAirflow(environment: Record<string, string>, logFile: string): AirflowStandalone {
  const run = execa("airflow", ["standalone"], {
    env: environment,
    all: true,
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
  run.all.pipe(createWriteStream(logFile));
  return {
    failed: async () => {
      const { exitCode } = await run;
      throw new MillraceError("AIRFLOW_ENDED", `Airflow has ended with exit code ${exitCode}`, {
        fix: `See the end of ${relative(repository, logFile)}`,
      });
    },
    [Symbol.asyncDispose]: () => stopGroup(run),
  };
}

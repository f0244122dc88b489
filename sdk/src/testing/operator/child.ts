import type { MaterializationReport } from "../../host/host.ts";
import { isOperator } from "../../operator/operator.ts";
import { RecordingHost } from "../recording-host.ts";
import { killAtCommit, killThisProcess, type KillPoint } from "./kill-point.ts";
import { perform, type PerformOptions } from "./perform.ts";

/** What the process of `runInChild` is told. */
export interface ChildTask extends PerformOptions {
  /** The module whose default export is the operator. */
  readonly operator: string;
  readonly killAt: KillPoint | null;
}

class KilledHost extends RecordingHost {
  override reportMaterialization(_: MaterializationReport): void {
    killThisProcess();
  }
}

process.once("message", (task: ChildTask) => {
  void run(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function run({ operator: url, killAt, ...options }: ChildTask): Promise<void> {
  const { default: operator } = (await import(url)) as { default?: unknown };
  if (!isOperator(operator)) throw new Error(`${url} has no operator as its default export`);
  if (killAt !== null) killAtCommit(killAt);
  const performed = await perform(operator, options, killAt === "before-report" ? KilledHost : RecordingHost);
  await new Promise((sent) => process.send!(performed, sent));
}

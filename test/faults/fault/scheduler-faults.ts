import type { Fault, Scene } from "./fault.ts";

/** What befalls the processes of Dagster that a load runs below. */
export const schedulerFaults: readonly Fault[] = [
  {
    name: "step",
    title: "Dagster's step process killed",
    passes: false,
    needs: "dagster",
    strike: async (scene) => await killed(scene, "step"),
  },
  {
    name: "worker",
    title: "Dagster's run worker killed",
    passes: false,
    needs: "dagster",
    strike: async (scene) => await killed(scene, "worker"),
  },
];

async function killed({ execution, connection }: Scene, which: "step" | "worker"): Promise<void> {
  await execution.killScheduler!(which);
  connection.release();
  await execution.ended;
}

import type { Fault, Scene } from "./fault.ts";

/** Other runs of the same partition. */
export const rivalFaults: readonly Fault[] = [
  {
    name: "two",
    title: "two runs of one partition at once",
    passes: false,
    strike: async (scene) => await startOthers(scene, 1),
  },
  {
    name: "eight",
    title: "eight runs of one partition at once",
    passes: false,
    strike: async (scene) => await startOthers(scene, 7),
  },
  {
    name: "twin",
    title: "another operator loads the same table at once",
    passes: true,
    weight: 3,
    strike: async ({ startTwin, connection }) => {
      const twin = startTwin();
      if (twin === null) return false;
      await twin.began;
      connection.release();
    },
  },
];

/** The first one goes on once the others have begun. */
async function startOthers({ startOther, connection }: Scene, number: number): Promise<void> {
  const others = Array.from({ length: number }, startOther);
  await Promise.race(others.map(({ began }) => began));
  connection.release();
}

import { openPipes } from "../../../src/host/pipes/index.ts";

// Sends long messages between short ones.
await using pipes = await openPipes();
for (let at = 0; at < 5; at++) {
  pipes.reportCustomMessage({ at });
  pipes.reportCustomMessage({ at, text: "x".repeat(20_000 + 200_000 * at) });
}

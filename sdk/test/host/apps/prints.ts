import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { openPipes } from "../../../src/host/pipes/index.ts";

// Prints in every way there is, without newlines, between messages.
const early = process.argv[2] === "early" ? process.stdout : undefined;
early?.write("");
await using pipes = await openPipes();
for (const at of [1, 2]) {
  console.log(`console ${at}`);
  console.error(`error ${at}`);
  process.stdout.write(`stream ${at} é😀`);
  writeSync(1, `fs ${at}`);
  for (const byte of Buffer.from(` bytes é ${at}`)) process.stdout.write(Buffer.from([byte]));
  spawnSync("sh", ["-c", `printf 'child ${at}'`], { stdio: "inherit" });
  pipes.log("info", `message ${at}`);
}

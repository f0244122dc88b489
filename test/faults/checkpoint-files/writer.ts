import { fileCheckpointStore, type MillraceError } from "@millrace/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { KEYS, valueOf } from "./value.ts";

// Sets checkpoints, each greater than the one before it, from a number on, until it is killed. What it has set it says, and
// why it could not.
const [directory = "", from = "1"] = process.argv.slice(2);
const store = fileCheckpointStore({ directory });
for (let number = Number(from); ; number += 1) {
  const key = KEYS[number % KEYS.length]!;
  try {
    process.stdout.write(`begin ${number}\n`);
    await store.set(key, valueOf(number));
    process.stdout.write(`set ${number}\n`);
  } catch (error) {
    const { code, kind, details } = error as MillraceError;
    process.stdout.write(`failed ${number} ${code} ${kind} ${String(details?.["errno"])}\n`);
  }
  await delay(1);
}

import { runOperator } from "@millrace/sdk/testing";
import { operators, type OperatorName } from "./operators.ts";

// `node worker.ts NAME FILE [PARTITION]`: runs an operator once in a process of its own and prints what it took.
const [name, file, partition] = process.argv.slice(2) as [OperatorName, string, string | undefined];
const cpu = process.cpuUsage();
const began = performance.now();
const { materializations } = await runOperator(operators[name], {
  databaseUrl: process.env["DATABASE_URL"]!,
  config: { file },
  ...(partition && { partitions: [partition] }),
});
const ms = performance.now() - began;
const { user, system } = process.cpuUsage(cpu);
const { read, rejected } = materializations[0]!.metadata;
console.log(
  JSON.stringify({ ms, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024, read, rejected }),
);

import type { Operator } from "@millrace/sdk";
import { runOperator } from "@millrace/sdk/testing";

/** `worker.ts NAME FILE [PARTITION]`: runs one of these operators once, in this process, and prints what it took. */
export async function runWorker(operators: Readonly<Record<string, Operator>>): Promise<void> {
  const [name = "", file = "", partition] = process.argv.slice(2);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const { materializations } = await runOperator(operators[name]!, {
    databaseUrl: process.env["DATABASE_URL"]!,
    config: { file },
    ...(partition && { partitions: [partition] }),
  });
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const { read, rejected } = materializations[0]!.metadata;
  console.log(
    JSON.stringify({
      ms,
      cpuMs: (user + system) / 1000,
      peakMb: process.resourceUsage().maxRSS / 1024,
      read,
      rejected,
    }),
  );
}

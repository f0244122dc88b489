import { appendFileSync, readFileSync } from "node:fs";

// Preloaded into each process: the most memory that it had, in kB, by what it ran. `maxRSS` would begin with its parent's.
const file = process.env["MILLRACE_SOAK_MEMORY"];
if (file !== undefined)
  process.on("exit", () => {
    const [, , command = "", operator = ""] = process.argv;
    const [, peak = ""] = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    appendFileSync(file, `${command} ${operator} ${peak}\n`);
  });

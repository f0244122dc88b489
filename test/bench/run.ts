import { execa } from "execa";
import { glob } from "node:fs/promises";
import { basename, join } from "node:path";

// `pnpm bench NAME [OPTIONS]`: one benchmark, or `all` of them one after the other.
const [name = "all", ...options] = process.argv.slice(2);
const names: string[] = [];
for await (const file of glob("*.ts", { cwd: import.meta.dirname }))
  if (file !== "run.ts") names.push(basename(file, ".ts"));
names.sort();

const chosen = name === "all" ? names : names.filter((known) => known === name);
if (chosen.length === 0) {
  console.error(`[BENCH_UNKNOWN] There is no benchmark "${name}". Choose one of ${names.join(", ")}, all.`);
  process.exitCode = 2;
}
for (const one of chosen) {
  const { exitCode } = await execa(process.execPath, [join(import.meta.dirname, `${one}.ts`), ...options], {
    stdio: "inherit",
    reject: false,
  });
  if (exitCode !== 0) process.exitCode = 1;
}

import { execa } from "execa";
import { glob } from "node:fs/promises";
import { basename, join } from "node:path";

// `pnpm bench NAME [OPTIONS]`: one benchmark, or `all` of them one after the other. Without a name: what one would take instead.
const given = process.argv.slice(2);
const name = given[0]?.startsWith("-") ? "peers" : (given.shift() ?? "peers");
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
  const { exitCode } = await execa(process.execPath, [join(import.meta.dirname, `${one}.ts`), ...given], {
    stdio: "inherit",
    reject: false,
  });
  if (exitCode !== 0) process.exitCode = 1;
}

import { afterAll, expect, test } from "vitest";
import { openShop, stopServer } from "./shop.ts";

afterAll(stopServer);

const SECRET = "hunter2";

const COMMANDS = [
  "list --json",
  "run customers",
  "run customers --json",
  "failures list --json",
  "runs list --json",
  "check --json",
  "doctor --json",
];

test.for([
  ["as it should be", (rest: string) => `postgresql://me:${SECRET}@${rest}`],
  ["a password with an @ that is not encoded", (rest: string) => `postgresql://me:a@${SECRET}@${rest}`],
  ["one with a # behind a digit, which is a port then", (rest: string) => `postgresql://me:1#${SECRET}@${rest}`],
] as const)("C28: no command shows a password: %s", async ([, urlOf]) => {
  await using shop = await openShop();
  const [port] = shop.sql.options.port;
  await shop.write(".env", `DATABASE_URL="${urlOf(`127.0.0.1:${port}/nowhere`)}"\n`);
  const said = await Promise.all(
    COMMANDS.map(async (command) => {
      const { stdout, stderr } = await shop.millrace(...command.split(" "));
      return [command, stdout + stderr] as const;
    }),
  );
  for (const [command, text] of said) expect(text, command).not.toContain(SECRET);
  for (const [command, text] of said.slice(1, -2)) expect(text, command).toMatch(/\[DATABASE_(LOGIN|URL_INVALID)\]/);
});

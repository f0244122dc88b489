import { join } from "node:path";

const folder = join(import.meta.dirname, "app");

/** The command of a scenario of the app. */
export function app(scenario: string, ...args: readonly string[]): string[] {
  return [process.execPath, join(folder, "main.ts"), scenario, ...args];
}

/** The command that writes texts to the messages' file as they are. */
export function raw(...texts: readonly string[]): string[] {
  return [process.execPath, join(folder, "raw.ts"), JSON.stringify(texts)];
}

export function line(method: string, params: unknown): string {
  return `${JSON.stringify({ __dagster_pipes_version: "0.1", method, params })}\n`;
}

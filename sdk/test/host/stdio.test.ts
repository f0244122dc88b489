import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeParam } from "../../src/host/pipes/params.ts";
import { bareContext, launch, pipesEnvironment, readMessages } from "./launched.ts";

const environment = (messages: object) => ({
  DAGSTER_PIPES_CONTEXT: encodeParam({ data: bareContext }),
  DAGSTER_PIPES_MESSAGES: encodeParam(messages),
});
const logs = (text: string): string[] =>
  readMessages(text).flatMap(({ method, params }) => (method === "log" ? [params.message] : []));
const printed = ["console 1", "stream 1 é😀", "fs 1 bytes é 1", "console 2", "stream 2 é😀", "fs 2 bytes é 2"];

/** Standard streams that are files. */
async function runInFiles(messages: object): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-stdio-"));
  const files = [openSync(join(folder, "out"), "w"), openSync(join(folder, "err"), "w")] as const;
  const child = spawn(process.execPath, [join(import.meta.dirname, "apps/prints.ts")], {
    env: { ...process.env, ...environment(messages) },
    stdio: ["ignore", ...files],
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  files.forEach(closeSync);
  return { code, stdout: readFileSync(join(folder, "out"), "utf8"), stderr: readFileSync(join(folder, "err"), "utf8") };
}

/** Standard streams that are pipes, as a scheduler gives them (Node itself gives sockets), read by `cat`. */
async function runPiped(messages: object, argument = ""): Promise<{ stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-stdio-"));
  const script = `{ "${process.execPath}" "${join(import.meta.dirname, "apps/prints.ts")}" ${argument} 2>&3 | cat > out; } 3>&1 | cat > err`;
  const child = spawn("sh", ["-c", script], {
    cwd: folder,
    env: { ...process.env, ...environment(messages) },
    stdio: "ignore",
  });
  await new Promise((done) => child.on("close", done));
  return { stdout: readFileSync(join(folder, "out"), "utf8"), stderr: readFileSync(join(folder, "err"), "utf8") };
}

describe("what others print never gets between messages", () => {
  test.each([{ stdio: "stdout" }, { buffered_stdio: "stdout" }])("%j into files", async (messages) => {
    const { code, stdout, stderr } = await runInFiles(messages);
    expect(code).toBe(0);
    expect(logs(stdout.replaceAll(/child \d/g, ""))).toEqual(["message 1", "message 2"]);
    for (const text of [...printed, "error 1", "error 2"]) expect(stderr).toContain(text);
  });

  test("also where the stream was used before", async () => {
    const { stdout, stderr } = await runPiped({ stdio: "stdout" }, "early");
    expect(logs(stdout)).toEqual(["message 1", "message 2"]);
    for (const text of printed) expect(stderr).toContain(text);
  });

  test("on stdout through a pipe, native code and child processes included", async () => {
    const { stdout, stderr } = await runPiped({ stdio: "stdout" });
    expect(logs(stdout)).toEqual(["message 1", "message 2"]);
    for (const text of [...printed, "child 1", "child 2"]) expect(stderr).toContain(text);
  });

  test("on stderr", async () => {
    const { stdout, stderr } = await runPiped({ stdio: "stderr" });
    expect(logs(stderr)).toEqual(["message 1", "message 2"]);
    for (const text of [...printed, "error 1", "child 1"]) expect(stdout).toContain(text);
  });

  test("on a socket, which can not be exchanged, at least what JavaScript prints is led away", async () => {
    const { code, stdout, stderr } = await launch("prints.ts", { env: environment({ stdio: "stdout" }) });
    expect(code).toBe(0);
    expect(logs(stdout.replaceAll(/child \d/g, ""))).toEqual(["message 1", "message 2"]);
    for (const text of printed) expect(stderr).toContain(text);
  });
});

describe("include_stdio_in_messages", () => {
  test("what JavaScript prints is printed and sent, whole characters, in order", async () => {
    const { env, read, path } = pipesEnvironment();
    const { stdout, stderr } = await launch("prints.ts", {
      env: { ...env, DAGSTER_PIPES_MESSAGES: encodeParam({ path, include_stdio_in_messages: true }) },
    });
    const sent = (stream: string) =>
      read()
        .flatMap(({ method, params }) =>
          method === "log_external_stream" && params.stream === stream ? [params.text] : [],
        )
        .join("");
    expect(sent("stdout")).toBe("console 1\nstream 1 é😀fs 1 bytes é 1console 2\nstream 2 é😀fs 2 bytes é 2");
    expect(sent("stderr")).toBe("error 1\nerror 2\n");
    expect(stdout.replaceAll(/child \d/g, "")).toBe(sent("stdout"));
    expect(stderr).toBe(sent("stderr"));
    expect(read().at(-1)?.method).toBe("closed");
  });
});

import { expect, test } from "vitest";
import { unicode } from "../app/payloads.ts";
import { app } from "../commands.ts";
import type { Driver, StepRequest } from "../driver.ts";
import { closedWith, expectClean, logged, materialization } from "./events.ts";

const messages = [
  [20, "message 1"],
  [20, "message 2"],
];

export function describeTransports(driver: Driver): void {
  const streams: readonly NonNullable<StepRequest["reader"]>[] = [
    { stdio: "stdout" },
    { stdio: "stderr" },
    { buffered_stdio: "stdout" },
    { buffered_stdio: "stderr" },
  ];
  test.each(streams)("messages through %j, whatever else is printed", async (reader) => {
    const answer = await driver.run({ command: app("noise"), session: true, reader });
    expectClean(answer);
    expect(logged(answer)).toEqual(messages);
    expect(materialization(answer).metadata).toEqual({ text: { class: "TextMetadataValue", value: unicode } });
    for (const text of ["console 1\n", '{"not": "a message 2"}', "fs 2 é"])
      expect(answer.stdout + answer.stderr).toContain(text);
  });

  test("10,000 and 900 kB messages through stdout", async () => {
    const many = await driver.run({ command: app("10,000"), session: true, reader: { stdio: "stdout" } });
    expectClean(many);
    expect(many.custom.map(({ at }) => at)).toEqual(Array.from({ length: 10_000 }, (_, at) => at));
    const large = await driver.run({ command: app("large"), session: true, reader: { stdio: "stdout" } });
    expectClean(large);
    expect(large.custom.map(({ at, text }) => [at, text.length])).toEqual(
      Array.from({ length: 30 }, (_, at) => [at, 900_000]),
    );
  });

  test("an error through stdout", async () => {
    const answer = await driver.run({ command: app("throw"), session: true, reader: { stdio: "stdout" } });
    expect(answer.success).toBe(false);
    expect(closedWith(answer)).toMatchObject({ name: "TypeError", message: "boom" });
  });

  test("what is printed, as messages", async () => {
    const answer = await driver.run({ command: app("noise"), includeStdio: true });
    expectClean(answer);
    expect(logged(answer)).toEqual(messages);
    // Printed once by the process itself and once by Dagster, which heard of it.
    expect(answer.stdout.split("console 1\n")).toHaveLength(3);
    expect(answer.stdout.split("fs 2 é")).toHaveLength(3);
  });

  test("context and messages through S3", async () => {
    const bucket = "millrace";
    const { env } = (await driver.ask("startS3", { bucket })) as { env: Record<string, string> };
    const s3 = { injector: "s3", reader: "s3", bucket, env } as const;

    const told = await driver.run({ ...s3, command: app("context"), extras: { text: unicode } });
    expectClean(told);
    expect(told.custom[0]).toMatchObject({ runId: told.runId, extras: { text: unicode } });

    const noise = await driver.run({ ...s3, command: app("noise") });
    expectClean(noise);
    expect(logged(noise)).toEqual(messages);

    const many = await driver.run({ ...s3, command: app("10,000") });
    expectClean(many);
    expect(many.custom.map(({ at }) => at)).toEqual(Array.from({ length: 10_000 }, (_, at) => at));

    for (const [scenario, message] of [
      ["throw", "boom"],
      ["uncaught", "in a timer"],
      ["never", "[PIPES_NOT_CLOSED]"],
    ] as const) {
      const failed = await driver.run({ ...s3, command: app(scenario) });
      expect(failed.success).toBe(false);
      expect(closedWith(failed)?.message).toContain(message);
    }
    const { keys } = (await driver.ask("listS3", { bucket })) as { keys: string[] };
    // Dagster leaves the contexts of failed runs.
    const chunks = keys.filter((key) => !key.endsWith("/context.json"));
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.filter((key) => !/^[^/]+\/\d+\.json$/.test(key))).toEqual([]);
  });
}

// A stand-in for `millrace`, as small as the protocol allows, for processes that do what the real one never would.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync, writeSync } from "node:fs";

const [command, ...rest] = process.argv.slice(2);
const project = process.argv[process.argv.indexOf("--project") + 1];

if (command === "manifest") {
  appendFileSync(`${project}/manifest-runs`, "x");
  process.stdout.write(readFileSync(`${project}/manifest.json`));
} else {
  const context = JSON.parse(await firstLine(process.stdin));
  process.stdin.on("end", () => process.emit("lifeline"));
  process.stdin.unref();
  const write = (text) => writeSync(Number(process.env.MILLRACE_MESSAGES_FD), text);
  const send = (method, params) => write(`${JSON.stringify({ __dagster_pipes_version: "0.1", method, params })}\n`);
  const custom = (payload) => send("report_custom_message", { payload });
  const asset_key = [rest[0]];
  const error = (name, message, stack = []) => ({ name, message, stack, cause: null, context: null });
  const operator = await import(`${project}/operators/${rest[0]}.mjs`);
  await operator.default({
    context,
    project,
    spawn,
    writeFileSync,
    write,
    send,
    error,
    keys: context.extras.partition_keys ?? [],
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    log: (message, level = "info") => send("log", { message, level }),
    opened: () => send("opened", { extras: {} }),
    closed: (exception) => send("closed", exception ? { exception } : {}),
    materialized: (metadata = {}, data_version = null) =>
      send("report_asset_materialization", { asset_key: rest[0], metadata, data_version }),
    checked: (check_name, passed, severity = "ERROR") =>
      send("report_asset_check", { asset_key: rest[0], check_name, passed, severity, metadata: {} }),
    completed: (partition, metadata = {}, data_version = null) =>
      custom({ type: "partition_completed", asset_key, partition, metadata, data_version }),
    failed: (partition, error) => custom({ type: "partition_failed", asset_key, partition, error }),
    checkedPartition: (partition, check_name, passed, severity = "ERROR") =>
      custom({ type: "check_evaluated", asset_key, partition, check_name, passed, severity, metadata: {} }),
  });
}

async function firstLine(stream) {
  let text = "";
  while (!text.includes("\n")) {
    const [chunk] = await once(stream, "data");
    text += chunk;
  }
  return text.slice(0, text.indexOf("\n"));
}

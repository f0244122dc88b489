import { execa } from "execa";
import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { poll } from "../dagster-ui/backfills.ts";
import { freePort } from "../free-port.ts";

const REDIS = process.env["MILLRACE_REDIS"] || "redis-server";

export interface Broker extends AsyncDisposable {
  readonly url: string;
}

/** Starts a Redis of its own, with nothing kept. Raises an error that says how to install it where it is missing. */
export async function startBroker(folder: string): Promise<Broker> {
  const { failed } = await execa(REDIS, ["--version"], { reject: false });
  if (failed) {
    throw new Error(
      `${REDIS} does not run. Install it (on Debian: apt-get install redis-server), or say where it is in MILLRACE_REDIS, or leave this test out with MILLRACE_SKIP=dagster-celery.`,
    );
  }
  const port = await freePort();
  const dir = join(folder, "redis");
  await mkdir(dir);
  const settings = { port: String(port), bind: "127.0.0.1", dir, save: "", appendonly: "no" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const process_ = execa(REDIS, args, { reject: false, buffer: false });
  await poll("Redis", () => answers(port));
  return {
    url: `redis://127.0.0.1:${port}/0`,
    [Symbol.asyncDispose]: async () => {
      process_.kill("SIGTERM");
      await process_;
    },
  };
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(undefined));
    socket.once("connect", () => socket.destroy());
  });
}

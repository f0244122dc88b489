import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { vi } from "vitest";

const moto = join(import.meta.dirname, "../../../orchestrator-config/.venv/bin/moto_server");

interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** Requests for objects, as "GET /bucket/key bytes=0-9". */
  readonly requests: string[];
  /** Cuts the connections of the next answers with bodies after so many bytes each; 0 before any byte. */
  cutAfter(...bytes: readonly number[]): void;
}

export interface S3Bucket extends AsyncDisposable {
  readonly server: S3Server;
  readonly client: S3Client;
}

/** A server with the bucket `data`, which the environment leads to until it is disposed. */
export async function openBucket(): Promise<S3Bucket> {
  const server = await startS3();
  vi.stubEnv("AWS_ENDPOINT_URL", server.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "data" }));
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
      vi.unstubAllEnvs();
    },
  };
}

/** A server that speaks S3 (moto), behind a proxy that loses connections when it is told to. */
async function startS3(): Promise<S3Server> {
  const server = spawn(moto, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(server, "exit");
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`moto ended with exit code ${code}`)));
    createInterface({ input: server.stderr }).on("line", (line) => {
      const [, found] = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  const requests: string[] = [];
  const cuts: number[] = [];
  const proxy = createServer((incoming, outgoing) => forward(port, { incoming, outgoing, requests, cuts }));
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
    cutAfter: (...bytes) => cuts.push(...bytes),
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      server.kill();
      await ended;
    },
  };
}

function forward(
  port: number,
  about: {
    readonly incoming: IncomingMessage;
    readonly outgoing: ServerResponse;
    readonly requests: string[];
    readonly cuts: number[];
  },
): void {
  const { incoming, outgoing, requests, cuts } = about;
  const { method = "", url = "", headers } = incoming;
  const onObject = method === "GET" && !url.includes("list-type");
  if (onObject) requests.push(`${method} ${url.split("?", 1)[0]} ${headers.range ?? ""}`);
  const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    const limit = onObject ? cuts.shift() : undefined;
    let sent = 0;
    answer.on("data", (chunk: Buffer) => {
      if (limit !== undefined && sent + chunk.length > limit) {
        outgoing.write(chunk.subarray(0, limit - sent), () => outgoing.destroy());
        answer.destroy();
        return;
      }
      sent += chunk.length;
      outgoing.write(chunk);
    });
    answer.on("end", () => outgoing.end());
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}

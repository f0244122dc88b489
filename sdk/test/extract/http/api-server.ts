import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpOptions, HttpRecord, RecordBatch } from "@millrace/sdk";
import { http } from "@millrace/sdk";

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** Path and query of each request, in order. */
  readonly requests: string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** A real HTTP server on this machine that answers as a test says. */
export async function apiServer(answer: Answer): Promise<ApiServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    answer(request, response, new URL(request.url!, "http://localhost"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Waits that a test need not wait for. */
export const IMPATIENT = { delayMs: 1, maxDelayMs: 2 } as const;

export async function readAll(
  options: HttpOptions,
  { skip = 0, checkpoint = null }: { skip?: number; checkpoint?: RecordBatch<HttpRecord>["cursor"] | null } = {},
) {
  const signal = new AbortController().signal;
  const batches: RecordBatch<HttpRecord>[] = [];
  for await (const batch of http({ retry: IMPATIENT, ...options }).open({ signal, skip, checkpoint }))
    batches.push(batch);
  return {
    records: batches.flatMap(({ records }) => records),
    malformed: batches.flatMap(({ malformed }) => malformed),
    sources: batches.flatMap((batch) => batch.records.map((_, index) => batch.position(index).source)),
    cursors: batches.map(({ cursor }) => cursor),
    bytes: batches.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

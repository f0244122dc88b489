import { defineOperator, http, RetryableError, retry, upsert } from "@millrace/sdk";
import { z } from "zod";
import { airports } from "../tables.ts";

export default defineOperator({
  name: "airports_of_api",
  description: "Retry: what can pass is tried again, after as long as the server asks for.",
  config: z.object({ url: z.string().default("http://localhost:8080/airports").describe("A JSON API") }),
  extract: async ({ config, log, signal }) => {
    // Any work of one's own: three attempts, the waits 1 s and 2 s at most, at random so that not all come back at once.
    const { path } = await retry(
      async () => {
        const answer = await fetch(`${config.url}/version`, {
          signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
        });
        if (answer.status >= 500) throw new RetryableError("API_BUSY", `the API answered ${answer.status}`);
        return (await answer.json()) as { path: string };
      },
      { maxAttempts: 3, delayMs: 1000, factor: 2 },
      { signal, onRetry: ({ number, error }) => log.warn("version_retry", { attempt: number, error }) },
    );
    // The source does the same for each page by itself.
    return http({ url: `${config.url}${path}`, pagination: { kind: "page" }, timeoutMs: 30_000, log });
  },
  record: z.object({ faa: z.string(), name: z.string(), lat: z.number(), lon: z.number() }),
  target: airports,
  load: upsert({ key: airports.faa }),
});

import { DuckDBInstance } from "@duckdb/node-api";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const sdk = dirname(createRequire(import.meta.url).resolve("@millrace/sdk/package.json"));

/** A project without TypeScript, with the files that its operators read. */
export interface ShopProject extends AsyncDisposable {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  /** Writes a Parquet file of the rows of a query. */
  writeParquet(path: string, select: string): Promise<void>;
  /** How many rows a Parquet file has. */
  countParquet(path: string): Promise<number>;
}

export async function shopProject(ratesUrl: string): Promise<ShopProject> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-ready-made-"));
  for (const name of ["data", "sql", "dagster-home", "node_modules/@millrace"])
    await mkdir(join(folder, name), { recursive: true });
  await symlink(sdk, join(folder, "node_modules/@millrace/sdk"));
  await symlink(join(sdk, "..", "operators"), join(folder, "node_modules/@millrace/operators"));
  const write = async (path: string, text: string) => await writeFile(join(folder, path), text);
  await write("package.json", JSON.stringify({ name: "shop", private: true, type: "module" }));
  await write("dagster-home/dagster.yaml", "telemetry:\n  enabled: false\n");
  await cp(join(import.meta.dirname, "run.py"), join(folder, "run.py"));
  const operators = await readFile(join(import.meta.dirname, "operators.yaml"), "utf8");
  await write("operators.yaml", operators.replace("RATES_URL", ratesUrl));
  const duckdb = await DuckDBInstance.create();
  const connection = await duckdb.connect();
  return {
    folder,
    write,
    writeParquet: async (path, select) => {
      await connection.run(`COPY (${select}) TO '${join(folder, path)}' (FORMAT parquet)`);
    },
    countParquet: async (path) => {
      const reader = await connection.runAndReadAll(`SELECT count(*) FROM '${join(folder, path)}'`);
      return Number(reader.getRows()[0]![0]);
    },
    [Symbol.asyncDispose]: async () => {
      connection.closeSync();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export interface RatesServer extends AsyncDisposable {
  readonly url: string;
  /** By currency, as the server writes them. */
  readonly rates: Map<string, string>;
}

/** An API with two rates a page, for who is let in; the first answer to a page is that it is overloaded. */
export async function ratesServer(token: string): Promise<RatesServer> {
  const rates = new Map<string, string>();
  const asked = new Set<string>();
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end();
    const page = new URL(request.url!, "http://localhost").searchParams.get("page") ?? "1";
    if (!asked.has(page)) {
      asked.add(page);
      return void response.writeHead(503, { "retry-after": "0" }).end();
    }
    const shown = [...rates].slice((Number(page) - 1) * 2, Number(page) * 2);
    const items = shown.map(([currency, rate]) => `{"currency":"${currency}","rate":${rate}}`);
    response.writeHead(200, { "content-type": "application/json" }).end(`{"items":[${items.join(",")}]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rates,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

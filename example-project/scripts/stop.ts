import { startPostgres } from "@millrace/sdk/testing";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stateDirectory } from "./places.ts";
import { main, say } from "./terminal.ts";

await main(async (signal) => {
  const directory = join(stateDirectory, "postgres");
  if (!existsSync(directory)) return say("there is no PostgreSQL of the example");
  // Whether it runs is known by adopting it.
  const server = await startPostgres({ directory, signal });
  await server.stop();
  say("PostgreSQL is stopped; its data stays for the next start");
});

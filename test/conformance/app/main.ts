import { openPipes } from "@millrace/sdk/pipes";
import { scenarios } from "./scenarios.ts";

// `main.ts SCENARIO …`: an app as a user writes it, with nothing but the pipes package.
await using pipes = await openPipes();
await scenarios[process.argv[2] ?? ""]?.(pipes, process.argv[3] ?? "");

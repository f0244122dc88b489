import { openPipes } from "@millrace/sdk/pipes";

await using _pipes = await openPipes();

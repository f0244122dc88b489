import { append, replayDeadLetters } from "@millrace/sdk";
import { repairedOrders } from "./repaired-orders.ts";

// A process of its own, to be killed.
const operator = repairedOrders("fixed", append(), { chunks: { maxRows: 200, maxBytes: 1_000_000 } });
await replayDeadLetters(operator, { databaseUrl: process.argv[2]! });

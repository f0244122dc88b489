import { afterAll, describe } from "vitest";
import { describeContext } from "./cases/context.ts";
import { describeEnds } from "./cases/ends.ts";
import { describeMessages } from "./cases/messages.ts";
import { describeTraps } from "./cases/traps.ts";
import { describeTransports } from "./cases/transports.ts";
import { Driver } from "./driver.ts";

// One Python process runs all steps: importing Dagster takes longer than most of them.
const driver = new Driver();
afterAll(() => driver[Symbol.asyncDispose]());

describe("messages in Dagster's event log", () => describeMessages(driver));
describe("the context that Dagster gives", () => describeContext(driver));
describe("how a run ends", () => describeEnds(driver));
describe("transports", () => describeTransports(driver));
describe("traps", () => describeTraps(driver));

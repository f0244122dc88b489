import { runOperator } from "@millrace/sdk/testing";
import { numbersOperator } from "./numbers.ts";

// Loads numbers and kills itself at one of them: `killed-child.ts DATABASE_URL PATH STRATEGY NUMBER`.
const [, , databaseUrl = "", path = "", strategy = "", number = ""] = process.argv;
const operator = numbersOperator(path, strategy, (n) => {
  if (n === Number(number)) process.kill(process.pid, "SIGKILL");
});
await runOperator(operator, { databaseUrl });

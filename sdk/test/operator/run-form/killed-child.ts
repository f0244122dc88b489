import { runOperator } from "@millrace/sdk/testing";
import { invoicesOperator } from "./invoices.ts";

// Loads invoices and kills itself on the way: `killed-child.ts DATABASE_URL PAGES PAGE MOMENT`.
const [, , databaseUrl = "", pages = "", page = "", moment = ""] = process.argv;

const operator = invoicesOperator({
  pages: Number(pages),
  before: (number, at) => {
    if (number === Number(page) && at === moment) process.kill(process.pid, "SIGKILL");
  },
});
await runOperator(operator, { databaseUrl });

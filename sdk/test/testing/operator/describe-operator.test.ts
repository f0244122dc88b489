import { describeOperator, startPostgres } from "@millrace/sdk/testing";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";

const server = await startPostgres();
afterAll(() => server[Symbol.asyncDispose]());

const sql = readFileSync(new URL("tables.sql", import.meta.url), "utf8");
const operator = (name: string) => new URL(`operators/${name}.ts`, import.meta.url);
const files = {
  "orders.csv":
    "id,customer,cents\n1,Ada,9007199254740993\n2,Grace,5\n3,,7\nx,Alan,1\n4,nobody,0\n1,Ada,12\n5,Edsger,1\n",
  "visits.csv": "id,page\n1,/\n2,/a\n2,/a\n3,/b\n4,/c\n",
};

describe("operators that hold what they promise pass", () => {
  describeOperator({ operator: operator("orders"), server, sql, files }, { test });
  describeOperator({ operator: operator("visits"), server, sql, files }, { test });
});

describe("what an operator breaks is what fails", () => {
  // Of two runs at the same time one may be fenced off before it has done any harm: that is left to chance.
  test.for<[name: string, broken: RegExp[], tried: RegExp]>([
    [
      "doubling",
      [/run again$/, /after first commit/, /before second commit/, /before report/],
      /^(?!.*at the same time)/,
    ],
    ["unaccounted", [/accounts for each record/], /accounts|run again$/],
  ])("%s", async ([name, broken, tried]) => {
    const cases: [title: string, run: () => Promise<void>][] = [];
    describeOperator({ operator: operator(name), server, sql }, { test: (title, run) => cases.push([title, run]) });
    for (const [title, run] of cases.filter((each) => tried.test(each[0]))) {
      const failed = await run().then(
        () => false,
        () => true,
      );
      expect([title, failed]).toEqual([title, broken.some((pattern) => pattern.test(title))]);
    }
  });
});

import { append, csv, defineOperator } from "@millrace/sdk";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import { expect, test } from "vitest";
import { describeLineage } from "../../src/operator/lineage.ts";

const flights = pgTable("departures", { delay: integer("dep_delay") });
const lake = pgTable("lake", { x: integer("x_raw") });
const delays = pgTable("delays", { average: integer("avg_delay"), other: integer("other") });
const common = { extract: () => csv("x.csv"), record: z.object({}), load: append() };

test("a column leads to the operator that loads its origin, or to the table where none of the project does", () => {
  const upstream = defineOperator({ ...common, name: "flights", target: flights });
  const operator = defineOperator({
    ...common,
    name: "delays",
    target: delays,
    lineage: { average: [flights.delay, lake.x] },
  });
  expect(describeLineage(operator, [upstream, operator])).toEqual([
    {
      column: "avg_delay",
      from: [
        { operator: "flights", assetKey: ["flights"], column: "dep_delay" },
        { operator: null, assetKey: ["lake"], column: "x_raw" },
      ],
    },
  ]);
});

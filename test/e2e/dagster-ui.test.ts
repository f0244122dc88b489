import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { endOfRun, launch, poll } from "./dagster-ui/backfills.ts";
import { isSkipped } from "../run/skipped.ts";
import { openPage, type OpenPage } from "./browser.ts";
import { startDagster, type Dagster } from "./dagster-ui/dagster.ts";
import { runningOperators } from "./dagster-ui/operators.ts";
import { copyProject, type CopiedProject } from "./dagster-ui/project.ts";

// What a user of Dagster does with a mouse, in the order in which he does it.
describe.skipIf(isSkipped("dagster-ui"))("Dagster's UI", { timeout: 300_000 }, () => {
  const resources = new AsyncDisposableStack();
  let project: CopiedProject;
  let dagster: Dagster;
  let browser: OpenPage;
  let mend: () => Promise<void>;

  beforeAll(async () => {
    browser = resources.use(await openPage());
    project = resources.use(await copyProject([...days("2013-01"), ...days("2013-02")]));
    mend = await project.poisonDay("2013-01-05");
    await project.changeDay("2013-01-03", (lines) =>
      lines.map((line, index) => (index >= 1 && index <= 3 ? line.replace(/^2013,/, "MMXIII,") : line)),
    );
    dagster = resources.use(await startDagster(project));
  }, 300_000);

  // Each goes on where the one before it came to.
  let broken = false;
  beforeEach(({ skip }) => {
    skip(broken, "an earlier step failed");
    onTestFailed(() => {
      broken = true;
    });
  });

  afterAll(() => resources.disposeAsync(), 60_000);

  test("the asset graph shows the operators and what they are made from", async () => {
    const { page, keep } = browser;
    const groups = ["flights", "reference"].map((name) => `global@global:${name}`).join(",");
    await page.goto(`${dagster.url}/asset-groups?expanded=${encodeURIComponent(groups)}`);
    for (const asset of ["airlines", "airports", "planes", "weather", "daily_delays"])
      await page.getByText(asset, { exact: true }).first().waitFor({ state: "attached" });
    await keep("dagster-1-asset-graph");
    await page.goto(`${dagster.url}/assets/flights?view=lineage`);
    for (const asset of ["airlines", "airports", "daily_delays"])
      await page.getByText(asset, { exact: true }).first().waitFor();
    await keep("dagster-2-lineage-of-flights");
    // Not all that there is: what is neither above nor below flights is left out.
    expect(await page.getByText("weather", { exact: true }).count()).toBe(0);
  });

  test("a backfill with a poisoned file leaves nine days green and one failed, with the reason in the run's log", async () => {
    const { page, keep } = browser;
    const run = await launch(page, dagster, { asset: "flights", first: "2013-01-01", last: "2013-01-10" });
    expect(await endOfRun(dagster, run)).toBe("FAILURE");
    await page.goto(`${dagster.url}/assets/flights?view=partitions`);
    await page.getByText("Failed (1)").waitFor();
    await page.getByText("Materialized (9)").waitFor();
    await keep("dagster-3-nine-of-ten");

    await page.goto(`${dagster.url}/runs/${run.id}`);
    await page.getByText("1 of 10 partitions failed, 9 are materialized.").first().waitFor();
    await page
      .getByText(/2013-01-05: FatalError: \[SOURCE_CORRUPT\]/)
      .first()
      .waitFor();
    await keep("dagster-4-reason");
  });

  test("once the file is repaired, failed and missing runs that day alone", async () => {
    const { page, keep } = browser;
    await mend();
    const run = await launch(page, dagster, {
      asset: "flights",
      first: "2013-01-01",
      last: "2013-01-10",
      failedAndMissingOnly: true,
    });
    expect(await endOfRun(dagster, run)).toBe("SUCCESS");
    expect(run.tags["dagster/partition"]).toBe("2013-01-05");
    await page.goto(`${dagster.url}/assets/flights?view=partitions`);
    await page.getByText("Materialized (10)").waitFor();
    await page.getByText("Failed (0)").waitFor();
    await keep("dagster-5-ten-of-ten");
    const attempts = await project.sql`SELECT partition FROM millrace.runs WHERE status = 'finished'`;
    expect(attempts).toHaveLength(10);
  });

  test("a partition shows its rows, schema, preview and dead letters", async () => {
    const { page, keep } = browser;
    await page.goto(`${dagster.url}/assets/flights?view=partitions&partition=2013-01-03`);
    const entry = (label: string) =>
      page
        .getByRole("row")
        .filter({ has: page.getByText(label, { exact: true }) })
        .last();
    await page.getByText("dagster/row_count", { exact: true }).waitFor();
    expect(await entry("dagster/row_count").innerText()).toContain("911");
    expect(await entry("rejected").innerText()).toMatch(/\b3\b/);
    // Dagster's UI loads what shows Markdown only when there is some.
    await expect.poll(() => entry("dead_letters").innerText(), { timeout: 30_000 }).toMatch(/3\s+SCHEMA\s+year/);
    await expect.poll(() => entry("preview").getByRole("row").count(), { timeout: 30_000 }).toBeGreaterThan(3);
    await keep("dagster-6-partition");
    await entry("dagster/column_schema").getByText("Show Table Schema").click();
    const schema = page.getByRole("dialog");
    for (const column of ["flight_date", "carrier", "time_hour"]) await schema.getByText(column).first().waitFor();
    await keep("dagster-7-schema");
  });

  test("a backfill that is cancelled stops, keeps whole days and no half of one", async () => {
    const { page, keep } = browser;
    // The sixth day has to wait for a row of ours that is never committed: it is under way for as long as we like.
    const release = await project.holdDay("2013-02-06");
    try {
      const run = await launch(page, dagster, { asset: "flights", first: "2013-02-01", last: "2013-02-10" });
      const backfill = `${dagster.url}/runs/b/${run.tags["dagster/backfill"]}`;
      await page.goto(`${dagster.url}/assets/flights?view=partitions`);
      await page.getByText("Materialized (15)").waitFor();
      await poll("the sixth day", async () => {
        const waiting = await project.sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
        return waiting.length > 0 || undefined;
      });
      await keep("dagster-8-under-way");

      await page.goto(backfill);
      await page.getByText("In progress", { exact: true }).first().waitFor();
      await page
        .getByRole("button")
        .filter({ has: page.getByLabel("expand_more") })
        .click();
      await page.getByRole("menuitem", { name: "Cancel backfill" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel backfill" }).click();
      expect(await endOfRun(dagster, run)).toBe("CANCELED");
      await page.goto(backfill);
      await page.getByText("Canceled", { exact: true }).first().waitFor();
      await keep("dagster-9-cancelled");
      await poll("the operator's end", async () => (await runningOperators(project.folder)).length === 0 || undefined);
    } finally {
      await release();
    }
    const loaded = await project.sql`
      SELECT flight_date::text AS day, count(*)::int AS rows FROM flights WHERE flight_date >= '2013-02-01' GROUP BY 1 ORDER BY 1`;
    const finished = await project.sql`
      SELECT partition AS day, (counts->>'inserted')::int AS rows FROM millrace.runs
      WHERE status = 'finished' AND partition >= '2013-02-01' ORDER BY 1`;
    expect([...loaded]).toEqual([...finished]);
    expect(loaded.map(({ day }) => day)).toEqual(days("2013-02").slice(0, 5));
  });
});

function days(month: string): string[] {
  return Array.from({ length: 10 }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
}

import type { Page } from "playwright-core";
import type { Dagster } from "./dagster.ts";

const PATIENCE_MS = 120_000;

export interface LaunchOptions {
  readonly asset: string;
  readonly first: string;
  readonly last: string;
  readonly failedAndMissingOnly?: boolean;
}

export interface LaunchedRun {
  readonly id: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Launches ten partitions in the dialog of an asset's page, and returns the run once Dagster has made it. */
export async function launch(page: Page, dagster: Dagster, options: LaunchOptions): Promise<LaunchedRun> {
  const { asset, first, last, failedAndMissingOnly = false } = options;
  const before = await newestRun(dagster);
  await page.goto(`${dagster.url}/assets/${asset}?view=partitions`);
  await page.getByRole("button", { name: "Materialize…" }).click();
  // Upstream assets are not materialized: Dagster asks whether that is meant.
  const confirm = page.getByRole("button", { name: "Confirm" });
  const selection = page.getByRole("dialog").getByPlaceholder(/^ex: /);
  await confirm.or(selection).first().waitFor();
  if (await confirm.isVisible()) await confirm.click();
  await selection.fill(`[${first}...${last}]`);
  await selection.press("Enter");
  await page.getByText("10 partitions").waitFor();
  if (failedAndMissingOnly) await page.getByText("Backfill only failed and missing partitions").click();
  await page.getByRole("button", { name: /Launch (backfill|1 run)/ }).click();
  return await poll("a run", async () => {
    const newest = await newestRun(dagster);
    return newest?.id === before?.id ? undefined : newest;
  });
}

/** Waits until the run has ended. */
export async function endOfRun(dagster: Dagster, { id }: LaunchedRun): Promise<string> {
  const query = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }";
  return await poll("the run's end", async () => {
    const { runOrError } = await dagster.ask<{ runOrError: { status: string } }>(query, { id });
    return ["SUCCESS", "FAILURE", "CANCELED"].includes(runOrError.status) ? runOrError.status : undefined;
  });
}

async function newestRun(dagster: Dagster): Promise<LaunchedRun | undefined> {
  const { runsOrError } = await dagster.ask<{
    runsOrError: { results: { id: string; status: string; tags: { key: string; value: string }[] }[] };
  }>("{ runsOrError(limit: 1) { ... on Runs { results { id status tags { key value } } } } }");
  const [run] = runsOrError.results;
  return run && { ...run, tags: Object.fromEntries(run.tags.map(({ key, value }) => [key, value])) };
}

/** Asks until there is an answer. */
export async function poll<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<Answer> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`waited in vain for ${what}`);
}
